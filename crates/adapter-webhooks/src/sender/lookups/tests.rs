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
        Self { lookups: Arc::new(Lookups::new(look_up, places)), asked, let_answer }
    }

    /// Looks up each name for a separate application.
    async fn find(&self, name: &str) -> Found {
        self.find_of(application(name), name).await
    }

    async fn find_of(&self, application: ApplicationId, name: &str) -> Found {
        timeout(LONG, of(application, self.lookups.find(name))).await.expect("an answer")
    }

    /// Starts a task that waits for a name.
    fn waiting_for(&self, name: &'static str) -> tokio::task::JoinHandle<Found> {
        let lookups = Arc::clone(&self.lookups);
        tokio::spawn(of(application(name), async move { lookups.find(name).await }))
    }

    async fn under_way(&self, count: usize) {
        let reached = async {
            while self.lookups.under_way().len() != count {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(LONG, reached).await.expect("the expected number of lookups");
    }
}

fn application(name: &str) -> ApplicationId {
    let number = name.bytes().fold(0, |number, byte| number * 256 + u128::from(byte));
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
    assert_eq!(third, Err(NotResolved::NoPlace), "the application already has its quarter");
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
