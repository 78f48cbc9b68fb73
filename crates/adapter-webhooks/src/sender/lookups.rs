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
        Self { look_up, places, under_way: Mutex::default() }
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
            let of_same = under_way.values().filter(|one| one.application == application);
            if of_same.count() >= share {
                return Err(NotResolved::NoPlace);
            }
            let answer = answer.clone();
            let begun = UnderWay { answer, application };
            under_way.insert(name.to_owned(), begun);
        }
        let lookup = Lookup { lookups: Arc::clone(self), name: name.to_owned(), sender };
        thread::Builder::new()
            .name("name-lookup".to_owned())
            .spawn(move || lookup.run())
            .map_err(|_| NotResolved::NoPlace)?;
        Ok(answer)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
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
mod tests;
