//! What the points have in common: a database, a receiver whose destinations answer when they are told to, processes, and
//! two changes of a user for each point.

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
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Everything but what dies.
pub(super) struct Stage {
    pub(super) database: Database,
    pub(super) receiver: Receiver,
    pub(super) acknowledged: Vec<Acknowledged>,
    /// What processes have said that they counted.
    pub(super) counted: Counted,
    /// Lanes by the numbers of their destinations.
    lanes: Vec<i64>,
    /// Lanes that a process had when it died or was stopped.
    abandoned: Vec<i64>,
    api: Api,
    settings: Settings,
    started: usize,
    /// Ends when everything else has.
    _cluster: Cluster,
}

impl Stage {
    /// A destination for each point, and the first process.
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
        let address = process.address().ok_or("nobody serves")?;
        for (number, promise) in promises().iter().enumerate() {
            let url = stage.receiver.url(number)?;
            let made = stage
                .api
                .add_destination(address, &url, &promise.kinds, promise.per_user);
            stage.receiver.knows_secret(number, &made.await?)?;
            stage.lanes.push(stage.database.lane(url).await?);
        }
        Ok((stage, process))
    }

    /// Another process, which serves.
    pub(super) async fn process(&mut self) -> Result<Service, Error> {
        self.started += 1;
        let name = format!("process-{}", self.started);
        Service::start(&self.settings, Role::All, &name).await
    }

    /// Asks a process for the last time what it has counted.
    pub(super) async fn count(&mut self, process: &Service) -> Result<(), Error> {
        self.counted += Counted::by(process).await?;
        Ok(())
    }

    /// The lane of a point's destination.
    pub(super) fn lane(&self, point: Point) -> Result<i64, Error> {
        let lane = self.lanes.get(point.destination());
        Ok(*lane.ok_or("no such destination")?)
    }

    /// From now on whoever has the lane of this point says nothing about it any more.
    pub(super) fn abandon(&mut self, point: Point) -> Result<(), Error> {
        let lane = self.lane(point)?;
        self.abandoned.push(lane);
        Ok(())
    }

    pub(super) fn behaves(&self, point: Point, behaviour: Behaviour) -> Result<(), Error> {
        self.receiver.behaves(point.destination(), behaviour)
    }

    /// Creates the user of a point.
    pub(super) async fn create(&mut self, through: &Service, point: Point) -> Result<(), Error> {
        let body = json!({"vendor_data": point.user(), "full_name": "Ada"});
        let path = "/v3/users/create/";
        self.write(through, Method::POST, path, body).await
    }

    /// Changes the user of a point.
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
        let address = through.address().ok_or("nobody serves")?;
        let answer = self.api.send(address, method, path, &body).await?;
        match acknowledged(&answer.body) {
            Some(change) if answer.status < 300 => self.acknowledged.push(change),
            _ => return Err(format!("{path}: {} {}", answer.status, answer.body).into()),
        }
        Ok(())
    }

    /// Writes both changes of a point through this process, and waits until its destination holds the first one's request and
    /// nothing else is under way.
    pub(super) async fn hold(&mut self, process: &Service, point: Point) -> Result<(), Error> {
        self.behaves(point, Behaviour::Holds)?;
        self.create(process, point).await?;
        self.edit(process, point).await?;
        let but_for = [&self.abandoned[..], &[self.lane(point)?]].concat();
        until(point, async || {
            let quiet = self.database.is_quiet_but_for(but_for.clone()).await?;
            // Looked at last: a request that waits for too long is given up, and comes again.
            Ok(quiet && self.receiver.under_way(point.destination()) > 0)
        })
        .await
    }

    /// Waits until nothing is under way but what was left behind.
    pub(super) async fn quiet(&self, point: Point) -> Result<(), Error> {
        until(point, async || {
            let abandoned = self.abandoned.clone();
            self.database.is_quiet_but_for(abandoned).await
        })
        .await
    }

    /// How many requests the destination of a point has answered.
    pub(super) fn requests(&self, point: Point) -> usize {
        let arrivals = self.receiver.arrivals();
        let of_it = arrivals
            .iter()
            .filter(|arrival| arrival.destination == point.destination());
        of_it.count()
    }

    /// Waits until the destination of a point has no request that is not answered.
    pub(super) async fn nothing_under_way(&self, point: Point) -> Result<(), Error> {
        until(point, async || {
            Ok(self.receiver.under_way(point.destination()) == 0)
        })
        .await
    }
}

/// What each destination is promised.
pub(super) fn promises() -> Vec<Promise> {
    let promise = Promise {
        kinds: vec![KIND.to_owned()],
        per_user: true,
    };
    vec![promise; Point::ALL.len()]
}

/// Looks again and again until it is so.
pub(super) async fn until(
    point: Point,
    mut is_so: impl AsyncFnMut() -> Result<bool, Error>,
) -> Result<(), Error> {
    let deadline = Instant::now() + REACHED_WITHIN;
    while !is_so().await? {
        if Instant::now() > deadline {
            return Err(format!("the point is not reached: {}", point.what()).into());
        }
        sleep(LOOK_AGAIN_AFTER).await;
    }
    Ok(())
}
