//! The set-up that all points share: a database, a receiver with controlled responses, processes, and two changes of a
//! user for each point.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::Point;
use super::counted::Counted;
use super::database::Database;
use crate::Error;
use crate::api::Api;
use crate::cluster::{Cluster, Flush};
use crate::history::{Acknowledged, Promise};
use crate::receiver::{Behaviour, Checking, Receiver};
use crate::round;
use crate::service::{API_KEY, Role, Service, Settings};
use crate::writer::acknowledged;

const KIND: &str = "user.data.updated";
const REACHED_WITHIN: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Everything except the server processes.
pub(super) struct Stage {
    pub(super) database: Database,
    pub(super) receiver: Receiver,
    pub(super) acknowledged: Vec<Acknowledged>,
    /// Counters of processes so far.
    pub(super) counted: Counted,
    /// Lanes by the numbers of their destinations.
    lanes: Vec<i64>,
    /// Lanes that a process owned when it was killed or stopped.
    abandoned: Vec<i64>,
    api: Api,
    settings: Settings,
    started: usize,
    /// Declared last, so that it is stopped last.
    _cluster: Cluster,
}

impl Stage {
    /// Starts the cluster, the receiver and the first process, and creates a destination for each point.
    pub(super) async fn set_up(program: &Path, dir: &Path) -> Result<(Self, Service), Error> {
        let own_dir = dir.to_owned();
        let cluster = spawn_blocking(move || Cluster::start(&own_dir, Flush::ToSystem)).await??;
        let behaviours = Point::ALL.map(|_| Behaviour::Healthy);
        let mut stage = Self {
            database: Database::new(cluster.urls().clone()),
            receiver: Receiver::start(&behaviours, Checking::Everything)?,
            acknowledged: Vec::new(),
            counted: Counted::default(),
            lanes: Vec::new(),
            abandoned: Vec::new(),
            api: Api::new(API_KEY)?,
            settings: round::settings(program, &cluster, dir)
                .with("METRICS_LISTEN_ADDR", "127.0.0.1:0"),
            started: 0,
            _cluster: cluster,
        };
        let process = stage.process().await?;
        let address = process.address().ok_or("no process serves requests")?;
        for (number, promise) in promises().iter().enumerate() {
            let url = stage.receiver.url(number)?;
            let secret = stage.api.add_destination(address, &url, &promise.kinds, promise.per_user);
            stage.receiver.set_secret(number, &secret.await?)?;
            stage.lanes.push(stage.database.lane(url).await?);
        }
        Ok((stage, process))
    }

    /// Starts another process and waits until it serves.
    pub(super) async fn process(&mut self) -> Result<Service, Error> {
        self.started += 1;
        let name = format!("process-{}", self.started);
        Service::start(&self.settings, Role::All, &name).await
    }

    /// Adds the final counters of a process.
    pub(super) async fn count(&mut self, process: &Service) -> Result<(), Error> {
        self.counted += Counted::by(process).await?;
        Ok(())
    }

    /// The lane of a point's destination.
    pub(super) fn lane(&self, point: Point) -> Result<i64, Error> {
        let lane = self.lanes.get(point.destination());
        Ok(*lane.ok_or("no such destination")?)
    }

    /// Marks the lane of this point as owned by a killed or stopped process.
    pub(super) fn abandon(&mut self, point: Point) -> Result<(), Error> {
        let lane = self.lane(point)?;
        self.abandoned.push(lane);
        Ok(())
    }

    pub(super) fn set_behaviour(&self, point: Point, behaviour: Behaviour) -> Result<(), Error> {
        self.receiver.set_behaviour(point.destination(), behaviour)
    }

    /// Creates the user of a point through this process.
    pub(super) async fn create(&mut self, through: &Service, point: Point) -> Result<(), Error> {
        let body = json!({"vendor_data": point.user(), "full_name": "Ada"});
        let path = "/v3/users/create/";
        self.write(through, Method::POST, path, body).await
    }

    /// Edits the user of a point through this process.
    pub(super) async fn edit(&mut self, through: &Service, point: Point) -> Result<(), Error> {
        let number = self.acknowledged.len();
        let body = json!({"full_name": format!("Ada the {number}th")});
        let path = format!("/v3/users/{}/", point.user());
        self.write(through, Method::PATCH, &path, body).await
    }

    async fn write(
        &mut self,
        through: &Service,
        method: Method,
        path: &str,
        body: serde_json::Value,
    ) -> Result<(), Error> {
        let address = through.address().ok_or("no process serves requests")?;
        let answer = self.api.send(address, method, path, &body).await?;
        match acknowledged(&answer.body) {
            Some(change) if answer.status < 300 => self.acknowledged.push(change),
            _ => return Err(format!("{path}: {} {}", answer.status, answer.body).into()),
        }
        Ok(())
    }

    /// Writes both changes of a point through this process, and waits until its destination holds the first request and
    /// all other lanes are idle.
    pub(super) async fn hold(&mut self, process: &Service, point: Point) -> Result<(), Error> {
        self.set_behaviour(point, Behaviour::Holds)?;
        self.create(process, point).await?;
        self.edit(process, point).await?;
        let excluded = [&self.abandoned[..], &[self.lane(point)?]].concat();
        until(point, async || {
            let quiet = self.database.is_quiet_except(excluded.clone()).await?;
            // Checked last, as a request that waits too long is aborted and retried.
            Ok(quiet && self.receiver.under_way(point.destination()) > 0)
        })
        .await
    }

    /// Waits until all lanes except abandoned ones are idle.
    pub(super) async fn quiet(&self, point: Point) -> Result<(), Error> {
        until(point, async || {
            let abandoned = self.abandoned.clone();
            self.database.is_quiet_except(abandoned).await
        })
        .await
    }

    /// Number of requests that the destination of a point has responded to.
    pub(super) fn requests(&self, point: Point) -> usize {
        let arrivals = self.receiver.arrivals();
        let of_it = arrivals.iter().filter(|arrival| arrival.destination == point.destination());
        of_it.count()
    }

    /// Waits until the destination of a point has no request in progress.
    pub(super) async fn nothing_under_way(&self, point: Point) -> Result<(), Error> {
        until(point, async || Ok(self.receiver.under_way(point.destination()) == 0)).await
    }
}

/// Guarantees of each destination.
pub(super) fn promises() -> Vec<Promise> {
    let promise = Promise { kinds: vec![KIND.to_owned()], per_user: true };
    vec![promise; Point::ALL.len()]
}

/// Polls until the condition holds.
pub(super) async fn until(
    point: Point,
    mut condition: impl AsyncFnMut() -> Result<bool, Error>,
) -> Result<(), Error> {
    let deadline = Instant::now() + REACHED_WITHIN;
    while !condition().await? {
        if Instant::now() > deadline {
            return Err(format!("the point is not reached: {}", point.what()).into());
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}
