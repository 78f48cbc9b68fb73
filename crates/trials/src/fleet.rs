//! Several server processes, which are restarted whenever they end.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::dice::Dice;
use crate::service::{Role, Service, Settings};

const READY_LIMIT: Duration = Duration::from_mins(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Most processes run at least this long before they are killed; otherwise no work would be done.
const MIN_RUN_TIME: Duration = Duration::from_millis(1_200);
const PERCENT_KILLED_SOONER: u64 = 15;

/// Addresses of the processes that serve now.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Arc<RwLock<Vec<SocketAddr>>>);

impl Addresses {
    /// Returns a random address.
    pub fn pick(&self, dice: &mut Dice) -> Option<SocketAddr> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(dice.index(all.len())).copied()
    }

    fn set(&self, addresses: Vec<SocketAddr>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }
}

#[derive(Debug)]
struct Slot {
    service: Service,
    stopped: bool,
}

/// A set of server processes.
#[derive(Debug)]
pub struct Fleet {
    settings: Settings,
    slots: Vec<Slot>,
    started: usize,
    addresses: Addresses,
}

impl Fleet {
    /// Starts the given number of processes.
    ///
    /// # Errors
    /// If one does not start.
    pub async fn start(settings: Settings, processes: usize) -> Result<Self, Error> {
        let mut fleet =
            Self { settings, slots: Vec::new(), started: 0, addresses: Addresses::default() };
        for _ in 0..processes {
            let service = fleet.spawn()?;
            fleet.slots.push(Slot { service, stopped: false });
        }
        fleet.wait_until_all_serve().await?;
        Ok(fleet)
    }

    fn spawn(&mut self) -> Result<Service, Error> {
        self.started += 1;
        let name = format!("process-{}", self.started);
        Service::spawn(&self.settings, Role::All, &name)
    }

    /// Addresses of the serving processes, which are kept up to date.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    /// Restarts processes that ended by themselves and updates the addresses. Returns how many had ended.
    ///
    /// # Errors
    /// If one cannot be started.
    pub fn supervise(&mut self) -> Result<usize, Error> {
        let mut ended = 0;
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else {
                continue;
            };
            if slot.service.ended().is_some() {
                ended += 1;
                self.replace(index)?;
            }
        }
        let serving = self.slots.iter().filter(|slot| !slot.stopped);
        self.addresses.set(serving.filter_map(|slot| slot.service.address()).collect());
        Ok(ended)
    }

    fn replace(&mut self, index: usize) -> Result<(), Error> {
        let service = self.spawn()?;
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Slot { service, stopped: false };
        }
        Ok(())
    }

    /// Kills and replaces one process that is not stopped, usually one that has run for some time. Returns false
    /// if there is none.
    ///
    /// # Errors
    /// If it cannot be killed or replaced.
    pub async fn kill_one(&mut self, dice: &mut Dice) -> Result<bool, Error> {
        let soon = dice.percent(PERCENT_KILLED_SOONER);
        let fit = |service: &Service| {
            soon || service.serves_for().is_some_and(|time| time > MIN_RUN_TIME)
        };
        let Some(index) = self.pick_running(dice, fit) else {
            return Ok(false);
        };
        if let Some(slot) = self.slots.get_mut(index) {
            slot.service.kill().await?;
        }
        self.replace(index)?;
        Ok(true)
    }

    /// Halts one process (SIGSTOP), unless one is halted already.
    ///
    /// # Errors
    /// If it cannot be signalled.
    pub fn halt_one(&mut self, dice: &mut Dice) -> Result<bool, Error> {
        if self.slots.iter().any(|slot| slot.stopped) {
            return Ok(false);
        }
        let picked = self.pick_running(dice, |service| service.address().is_some());
        let Some(slot) = picked.and_then(|index| self.slots.get_mut(index)) else {
            return Ok(false);
        };
        slot.service.signal(Signal::SIGSTOP)?;
        slot.stopped = true;
        Ok(true)
    }

    /// Number of processes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no processes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Resumes halted processes (SIGCONT).
    ///
    /// # Errors
    /// If one cannot be signalled.
    pub fn resume(&mut self) -> Result<(), Error> {
        for slot in self.slots.iter_mut().filter(|slot| slot.stopped) {
            slot.service.signal(Signal::SIGCONT)?;
            slot.stopped = false;
        }
        Ok(())
    }

    fn pick_running(&self, dice: &mut Dice, fit: impl Fn(&Service) -> bool) -> Option<usize> {
        let slots = self.slots.iter().enumerate();
        let running: Vec<_> = slots
            .filter(|(_, slot)| !slot.stopped && fit(&slot.service))
            .map(|(index, _)| index)
            .collect();
        running.get(dice.index(running.len())).copied()
    }

    /// Waits until every process serves.
    ///
    /// # Errors
    /// If one does not serve in time.
    pub async fn wait_until_all_serve(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            self.supervise()?;
            let mut slots = self.slots.iter();
            if slots.all(|slot| slot.service.address().is_some()) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("a process does not serve; see the logs".into());
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Stops all processes with SIGTERM. Returns how many did not stop cleanly.
    ///
    /// # Errors
    /// If one cannot be signalled.
    pub async fn stop(self) -> Result<usize, Error> {
        let mut unclean_stops = 0;
        for slot in self.slots {
            unclean_stops += usize::from(!slot.service.stop().await?);
        }
        Ok(unclean_stops)
    }
}
