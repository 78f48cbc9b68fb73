//! The loop that renews search texts created by an older build.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use users_domain::ports::SearchUpkeep;

use crate::adaptive_batch::AdaptiveBatch;
use crate::stop::Stop;

/// Wait while no outdated text is left; during a release, processes of the older build make further ones.
const EVERY: Duration = Duration::from_mins(1);

/// Wait between two portions, so that requests take precedence.
const PAUSE: Duration = Duration::from_millis(50);

/// Maximum number of texts that one transaction renews.
const PORTION: usize = 200;

/// Runs in every worker; concurrent rounds share the work.
pub(crate) async fn run(upkeep: Arc<dyn SearchUpkeep>, mut stop: Stop) {
    let outage = StoreOutage::new("search texts");
    let (mut portion, mut texts) = (AdaptiveBatch::of(PORTION), 0);
    while !stop.is_requested() {
        let wait = match upkeep.renew_texts(portion.size()).await {
            Ok(renewed) => {
                outage.answered();
                texts += renewed;
                if renewed == portion.size() {
                    portion.succeeded();
                    PAUSE
                } else {
                    if texts > 0 {
                        tracing::info!(texts, "search texts of an older build were renewed");
                        texts = 0;
                    }
                    EVERY
                }
            }
            Err(error) => {
                outage.failed(&error);
                portion.failed();
                EVERY
            }
        };
        stop.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests;
