//! Builders of requests and results of workers.

use std::time::Duration;

use users_domain::model::webhooks::{Answer, NextStep, TransportError};
use users_domain::model::{AttemptId, WorkerId, random_uuid};
use users_domain::ports::{DueDelivery, LeaseRequest, LeasedLane, SettledAttempt, Settlement};

use crate::{base_time, unique_seed};

/// More than any test creates.
pub const MANY: usize = 10_000;

/// A request of a new worker without limits, for leases that are longer than any test.
#[must_use]
pub fn a_lease_request() -> LeaseRequest {
    LeaseRequest {
        worker: WorkerId::new(random_uuid(base_time(), unique_seed())),
        held: Vec::new(),
        except: Vec::new(),
        lanes: MANY,
        deliveries_per_lane: MANY,
        lease: Duration::from_mins(10),
    }
}

/// The result of the next attempt of a delivery.
#[must_use]
pub fn tried(delivery: &DueDelivery, next: NextStep) -> SettledAttempt {
    SettledAttempt {
        id: AttemptId::new(random_uuid(base_time(), unique_seed())),
        delivery: delivery.clone(),
        answer: match next {
            NextStep::Done => Answer::Status { code: 204, retry_after: None },
            NextStep::Retry { .. } => Answer::Status { code: 500, retry_after: None },
            NextStep::DeadLetter => Answer::Nothing { error: TransportError::TimedOut, code: None },
        },
        duration: Duration::from_millis(7),
        next,
    }
}

/// A retry after this many seconds.
#[must_use]
pub const fn retry(seconds: u64) -> NextStep {
    NextStep::Retry { after: Duration::from_secs(seconds) }
}

/// Settles these attempts and keeps the lease.
#[must_use]
pub fn settlement(lane: &LeasedLane, attempts: Vec<SettledAttempt>) -> Settlement {
    Settlement {
        lane: lane.lane,
        epoch: lane.epoch,
        application: lane.application,
        destination: lane.destination,
        attempts,
        health: lane.health.clone(),
        not_before: None,
        disable: None,
        release: false,
    }
}

/// Settles these attempts and releases the lane.
#[must_use]
pub fn release(lane: &LeasedLane, attempts: Vec<SettledAttempt>) -> Settlement {
    Settlement { release: true, ..settlement(lane, attempts) }
}
