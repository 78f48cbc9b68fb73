//! Name lookups, at most one at a time per name however many attempts wait for it: a name whose servers are silent
//! occupies one lookup only. An application may start a lookup while it has fewer than a quarter of all and fewer than
//! are free, so that an application with many such names leaves lookups to the others. A lookup cannot be cancelled and
//! ends when the system gives up, so each runs in its own detached thread.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::watch;
use users_domain::model::ApplicationId;

use super::resolver::NotResolved;

type LookUp = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Resolves a name to addresses; blocks. The ports of the addresses are ignored.
#[derive(Clone)]
pub struct NameLookup(Arc<LookUp>);

impl NameLookup {
    /// Resolves names with this function, which is called from any thread.
    #[must_use]
    pub fn new(
        look_up: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(look_up))
    }
}

impl Default for NameLookup {
    /// Uses the system's resolver.
    fn default() -> Self {
        Self::new(|name| (name, 0).to_socket_addrs().map(Iterator::collect))
    }
}

impl fmt::Debug for NameLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameLookup")
    }
}

pub(super) type Found = Result<Vec<SocketAddr>, NotResolved>;
type Answer = watch::Receiver<Option<Found>>;

tokio::task_local! {
    /// Application of the attempt that looks up a name: the HTTP client passes only the name to the resolver.
    static APPLICATION: ApplicationId;
}

/// Runs an attempt on behalf of this application.
pub(super) async fn of<T>(application: ApplicationId, attempt: impl Future<Output = T>) -> T {
    APPLICATION.scope(application, attempt).await
}

struct UnderWay {
    answer: Answer,
    application: Option<ApplicationId>,
}

/// The lookups in progress.
pub(super) struct Lookups {
    look_up: NameLookup,
    places: usize,
    under_way: Mutex<HashMap<String, UnderWay>>,
}

impl Lookups {
    pub(super) fn new(look_up: NameLookup, places: usize) -> Self {
        Self {
            look_up,
            places,
            under_way: Mutex::default(),
        }
    }

    /// Returns the addresses of a name. Does not wait for a free lookup: fails if there is none.
    pub(super) async fn find(self: &Arc<Self>, name: &str) -> Found {
        let mut answer = self.answer_for(name)?;
        let found = answer.wait_for(Option::is_some).await;
        let found = found.ok().and_then(|found| found.clone());
        found.unwrap_or(Err(NotResolved::Unknown))
    }

    fn answer_for(self: &Arc<Self>, name: &str) -> Result<Answer, NotResolved> {
        let (sender, answer) = watch::channel(None);
        let application = APPLICATION.try_get().ok();
        {
            let mut under_way = self.under_way();
            if let Some(same) = under_way.get(name) {
                return Ok(same.answer.clone());
            }
            let free = self.places.saturating_sub(under_way.len());
            let share = free.min(self.places.div_ceil(4));
            let of_same = under_way
                .values()
                .filter(|one| one.application == application);
            if of_same.count() >= share {
                return Err(NotResolved::NoPlace);
            }
            let answer = answer.clone();
            let begun = UnderWay {
                answer,
                application,
            };
            under_way.insert(name.to_owned(), begun);
        }
        let lookup = Lookup {
            lookups: Arc::clone(self),
            name: name.to_owned(),
            sender,
        };
        thread::Builder::new()
            .name("name-lookup".to_owned())
            .spawn(move || lookup.run())
            .map_err(|_| NotResolved::NoPlace)?;
        Ok(answer)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One lookup; dropping it frees its place.
struct Lookup {
    lookups: Arc<Lookups>,
    name: String,
    sender: watch::Sender<Option<Found>>,
}

impl Lookup {
    fn run(self) {
        let NameLookup(look_up) = &self.lookups.look_up;
        let found = look_up(&self.name).map_err(|_| NotResolved::Unknown);
        self.sender.send_replace(Some(found));
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.lookups.under_way().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    const ADDRESS: &str = "192.0.2.7:0";
    const LONG: Duration = Duration::from_secs(20);

    /// Lookups of names that begin with `silent` block until the test releases them.
    struct Scene {
        lookups: Arc<Lookups>,
        asked: Arc<AtomicUsize>,
        let_answer: mpsc::Sender<()>,
    }

    impl Scene {
        fn with_places(places: usize) -> Self {
            let (let_answer, may_answer) = mpsc::channel();
            let may_answer = Mutex::new(may_answer);
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            let look_up = NameLookup::new(move |name| {
                count.fetch_add(1, Ordering::Relaxed);
                assert_ne!(name, "panics", "the look-up panics");
                if name.starts_with("silent") {
                    let _ = may_answer.lock().unwrap().recv();
                }
                Ok(addresses())
            });
            Self {
                lookups: Arc::new(Lookups::new(look_up, places)),
                asked,
                let_answer,
            }
        }

        /// Looks up each name for a separate application.
        async fn find(&self, name: &str) -> Found {
            self.find_of(application(name), name).await
        }

        async fn find_of(&self, application: ApplicationId, name: &str) -> Found {
            timeout(LONG, of(application, self.lookups.find(name)))
                .await
                .expect("an answer")
        }

        /// Starts a task that waits for a name.
        fn waiting_for(&self, name: &'static str) -> tokio::task::JoinHandle<Found> {
            let lookups = Arc::clone(&self.lookups);
            tokio::spawn(of(
                application(name),
                async move { lookups.find(name).await },
            ))
        }

        async fn under_way(&self, count: usize) {
            let reached = async {
                while self.lookups.under_way().len() != count {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(LONG, reached)
                .await
                .expect("the expected number of lookups");
        }
    }

    fn application(name: &str) -> ApplicationId {
        let number = name
            .bytes()
            .fold(0, |number, byte| number * 256 + u128::from(byte));
        ApplicationId::new(uuid::Uuid::from_u128(number))
    }

    fn addresses() -> Vec<SocketAddr> {
        vec![ADDRESS.parse().unwrap()]
    }

    #[tokio::test]
    async fn waiters_for_one_name_share_one_lookup_and_block_no_other_name() {
        let scene = Scene::with_places(2);
        let waiting: Vec<_> = (0..40).map(|_| scene.waiting_for("silent")).collect();
        scene.under_way(1).await;
        for _ in 0..3 {
            assert_eq!(scene.find("healthy").await, Ok(addresses()));
            scene.under_way(1).await;
        }
        scene.let_answer.send(()).unwrap();
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(addresses()));
        }
        assert_eq!(scene.asked.load(Ordering::Relaxed), 4);
        scene.under_way(0).await;
    }

    #[tokio::test]
    async fn a_lookup_without_a_free_place_fails_at_once() {
        let scene = Scene::with_places(2);
        let waiting = ["silent-1", "silent-2"].map(|name| scene.waiting_for(name));
        scene.under_way(2).await;
        assert_eq!(scene.find("healthy").await, Err(NotResolved::NoPlace));
        for _ in waiting {
            scene.let_answer.send(()).unwrap();
        }
        scene.under_way(0).await;
        assert_eq!(scene.find("healthy").await, Ok(addresses()));
    }

    #[tokio::test]
    async fn silent_names_of_one_application_leave_places_to_others() {
        let scene = Scene::with_places(8);
        let hostile = application("hostile");
        let names = ["silent-1", "silent-2"];
        let waiting = names.map(|name| {
            let lookups = Arc::clone(&scene.lookups);
            tokio::spawn(of(hostile, async move { lookups.find(name).await }))
        });
        scene.under_way(2).await;
        let third = scene.find_of(hostile, "third").await;
        assert_eq!(
            third,
            Err(NotResolved::NoPlace),
            "the application already has its quarter"
        );
        assert_eq!(scene.find("healthy").await, Ok(addresses()));
        for _ in waiting {
            scene.let_answer.send(()).unwrap();
        }
        scene.under_way(0).await;
        assert_eq!(scene.find_of(hostile, "third").await, Ok(addresses()));
    }

    #[tokio::test]
    async fn an_abandoned_lookup_keeps_its_place_until_it_ends() {
        let scene = Scene::with_places(1);
        let waiting = scene.waiting_for("silent");
        scene.under_way(1).await;
        waiting.abort();
        assert!(waiting.await.is_err());
        assert_eq!(scene.find("healthy").await, Err(NotResolved::NoPlace));
        scene.let_answer.send(()).unwrap();
        scene.under_way(0).await;
    }

    #[tokio::test]
    async fn a_panicking_lookup_fails_and_frees_its_place() {
        let scene = Scene::with_places(1);
        assert_eq!(scene.find("panics").await, Err(NotResolved::Unknown));
        scene.under_way(0).await;
        assert_eq!(scene.find("healthy").await, Ok(addresses()));
    }
}
