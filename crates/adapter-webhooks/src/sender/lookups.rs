//! Looking up names, each once at a time however many attempts wait for it: whoever owns a name whose servers are silent
//! takes one place for it and no more. A look-up cannot be called off, it ends when the system gives up; so each has a
//! thread of its own, which nobody waits for.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::watch;

use super::resolver::NotResolved;

type LookUp = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// What a name's addresses are; blocks. Their ports mean nothing.
#[derive(Clone)]
pub struct NameLookup(Arc<LookUp>);

impl NameLookup {
    /// Asks this function, from any thread.
    #[must_use]
    pub fn new(
        look_up: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(look_up))
    }
}

impl Default for NameLookup {
    /// Asks the system.
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

/// The look-ups that are under way.
pub(super) struct Lookups {
    look_up: NameLookup,
    places: usize,
    under_way: Mutex<HashMap<String, Answer>>,
}

impl Lookups {
    pub(super) fn new(look_up: NameLookup, places: usize) -> Self {
        Self {
            look_up,
            places,
            under_way: Mutex::default(),
        }
    }

    /// The addresses of a name. Nobody queues for a place: where none is free, that is the answer.
    pub(super) async fn find(self: &Arc<Self>, name: &str) -> Found {
        let mut answer = self.answer_for(name)?;
        let found = answer.wait_for(Option::is_some).await;
        let found = found.ok().and_then(|found| found.clone());
        found.unwrap_or(Err(NotResolved::Unknown))
    }

    fn answer_for(self: &Arc<Self>, name: &str) -> Result<Answer, NotResolved> {
        let (tell, answer) = watch::channel(None);
        {
            let mut under_way = self.under_way();
            if let Some(answer) = under_way.get(name) {
                return Ok(answer.clone());
            }
            if under_way.len() >= self.places {
                return Err(NotResolved::NoPlace);
            }
            under_way.insert(name.to_owned(), answer.clone());
        }
        let lookup = Lookup {
            lookups: Arc::clone(self),
            name: name.to_owned(),
            tell,
        };
        thread::Builder::new()
            .name("name-lookup".to_owned())
            .spawn(move || lookup.run())
            .map_err(|_| NotResolved::NoPlace)?;
        Ok(answer)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One look-up; it gives up its place however it ends.
struct Lookup {
    lookups: Arc<Lookups>,
    name: String,
    tell: watch::Sender<Option<Found>>,
}

impl Lookup {
    fn run(self) {
        let NameLookup(look_up) = &self.lookups.look_up;
        let found = look_up(&self.name).map_err(|_| NotResolved::Unknown);
        self.tell.send_replace(Some(found));
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

    /// Names that begin with `silent` are answered when the test lets them be.
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

        async fn find(&self, name: &str) -> Found {
            timeout(LONG, self.lookups.find(name))
                .await
                .expect("an answer")
        }

        /// Begins to wait for a name.
        fn waiting_for(&self, name: &'static str) -> tokio::task::JoinHandle<Found> {
            let lookups = Arc::clone(&self.lookups);
            tokio::spawn(async move { lookups.find(name).await })
        }

        async fn under_way(&self, count: usize) {
            let so_many = async {
                while self.lookups.under_way().len() != count {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(LONG, so_many).await.expect("so many");
        }
    }

    fn addresses() -> Vec<SocketAddr> {
        vec![ADDRESS.parse().unwrap()]
    }

    #[tokio::test]
    async fn all_who_wait_for_one_name_share_one_look_up_and_keep_nobody_else_waiting() {
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
    async fn where_no_place_is_free_that_is_told_at_once() {
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
    async fn a_look_up_that_nobody_waits_for_keeps_its_place_until_it_ends() {
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
    async fn a_look_up_that_panics_is_an_answer_and_gives_up_its_place() {
        let scene = Scene::with_places(1);
        assert_eq!(scene.find("panics").await, Err(NotResolved::Unknown));
        scene.under_way(0).await;
        assert_eq!(scene.find("healthy").await, Ok(addresses()));
    }
}
