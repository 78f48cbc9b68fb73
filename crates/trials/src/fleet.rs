//! Several processes of the service, which come back whatever ends them.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::dice::Dice;
use crate::service::{Role, Service, Settings};

const READY_LIMIT: Duration = Duration::from_mins(2);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Most processes are left to work for so long before they are killed, or nothing would be done.
const LEFT_TO_WORK: Duration = Duration::from_millis(1_200);
const PERCENT_KILLED_SOONER: u64 = 15;

/// Where the processes serve that serve now.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Arc<RwLock<Vec<SocketAddr>>>);

impl Addresses {
    /// Any of them.
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

/// The processes.
#[derive(Debug)]
pub struct Fleet {
    settings: Settings,
    slots: Vec<Slot>,
    started: usize,
    addresses: Addresses,
}

impl Fleet {
    /// Starts so many.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start(settings: Settings, processes: usize) -> Result<Self, Error> {
        let mut fleet = Self {
            settings,
            slots: Vec::new(),
            started: 0,
            addresses: Addresses::default(),
        };
        for _ in 0..processes {
            let service = fleet.spawn()?;
            fleet.slots.push(Slot {
                service,
                stopped: false,
            });
        }
        fleet.wait_until_all_serve().await?;
        Ok(fleet)
    }

    fn spawn(&mut self) -> Result<Service, Error> {
        self.started += 1;
        let name = format!("process-{}", self.started);
        Service::spawn(&self.settings, Role::All, &name)
    }

    /// Where they serve.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    /// Starts anew what has ended by itself, and finds out who serves. Answers how many had ended.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn tend(&mut self) -> Result<usize, Error> {
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
        self.addresses
            .set(serving.filter_map(|slot| slot.service.address()).collect());
        Ok(ended)
    }

    fn replace(&mut self, index: usize) -> Result<(), Error> {
        let service = self.spawn()?;
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Slot {
                service,
                stopped: false,
            };
        }
        Ok(())
    }

    /// Kills one that is not stopped, and starts another in its place. Mostly one that has worked for some time, and
    /// nobody where there is none.
    ///
    /// # Errors
    /// When that cannot be done.
    pub async fn kill_one(&mut self, dice: &mut Dice) -> Result<bool, Error> {
        let soon = dice.percent(PERCENT_KILLED_SOONER);
        let fit = |service: &Service| {
            soon || service.serves_for().is_some_and(|time| time > LEFT_TO_WORK)
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

    /// Halts one that is not halted (SIGSTOP), unless another one is.
    ///
    /// # Errors
    /// When that cannot be done.
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

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Lets the halted ones go on.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn go_on(&mut self) -> Result<(), Error> {
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
    /// When one does not for too long.
    pub async fn wait_until_all_serve(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            self.tend()?;
            let mut slots = self.slots.iter();
            if slots.all(|slot| slot.service.address().is_some()) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("a process does not serve; see the logs".into());
            }
            sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    /// Stops all as an operator would. Answers how many did not end well.
    ///
    /// # Errors
    /// When one cannot be signalled.
    pub async fn stop(self) -> Result<usize, Error> {
        let mut unwell = 0;
        for slot in self.slots {
            unwell += usize::from(!slot.service.stop().await?);
        }
        Ok(unwell)
    }
}
