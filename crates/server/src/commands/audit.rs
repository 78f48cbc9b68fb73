//! `audit verify`.

use adapter_postgres::PgAuditReader;
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::json;
use users_domain::model::{ApplicationId, AuditId, AuditProof};
use users_domain::service::AccessService;

use super::answer::{Answer, Record};
use super::counters::{MOST_NAMED, chosen};
use super::{CommandError, DRAWN_HZ};
use crate::args::AuditCommand;
use crate::stop::StopSignals;

/// Entries read at a time.
const PAGE: usize = 1000;

/// Checks every entry of the audit trail against its commitment, page by page on one connection; names the entries that are
/// wrong and writes the sums last. Stops between two pages on SIGTERM or SIGINT.
///
/// # Errors
/// [`CommandError`]; [`CommandError::TrailBroken`] after everything else was done.
pub async fn run(
    AuditCommand::Verify { application }: AuditCommand,
    access: &AccessService,
    reader: &PgAuditReader,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    let mut signals = StopSignals::listen().map_err(CommandError::Signals)?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWN_HZ));
    let mut sums = Sums::default();
    for each in chosen(access, application).await? {
        let mut after = None;
        loop {
            if let Some(signal) = signals.arrived().await {
                return Err(CommandError::Stopped(signal));
            }
            let page = reader.stored(each.id, after, PAGE).await?;
            sums.stray_details += page.stray_details;
            for entry in &page.entries {
                bar.inc(1);
                if let Some(row) = sums.add(each.id, entry.id, entry.proof()) {
                    bar.suspend(|| answer.row(row))?;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    bar.finish_and_clear();
    // Receipts are of all applications together.
    let receipts = match application {
        Some(_) => None,
        None => Some(reader.erased_by_receipts().await?),
    };
    answer.pairs(sums.record(receipts))?;
    if sums.wrong() == 0 && receipts.is_none_or(|receipts| receipts == sums.erased) {
        Ok(())
    } else {
        Err(CommandError::TrailBroken)
    }
}

#[derive(Default)]
struct Sums {
    intact: u64,
    erased: u64,
    missing: u64,
    altered: u64,
    stray_details: u64,
}

impl Sums {
    /// Counts an entry; returns the line of one that is wrong, as long as there are few.
    fn add(
        &mut self,
        application: ApplicationId,
        entry: AuditId,
        proof: AuditProof,
    ) -> Option<Record> {
        let (count, word) = match proof {
            AuditProof::Intact => (&mut self.intact, None),
            AuditProof::Erased => (&mut self.erased, None),
            AuditProof::DetailMissing => (&mut self.missing, Some("detail_missing")),
            AuditProof::Altered => (&mut self.altered, Some("altered")),
        };
        *count += 1;
        let word = word.filter(|_| self.wrong() <= MOST_NAMED)?;
        Some(vec![
            ("application", json!(application.to_string())),
            ("entry", json!(entry.to_string())),
            ("problem", json!(word)),
        ])
    }

    const fn wrong(&self) -> u64 {
        self.missing + self.altered + self.stray_details
    }

    fn record(&self, receipts: Option<u64>) -> Record {
        let all = self.intact + self.erased + self.missing + self.altered;
        vec![
            ("entries", json!(all)),
            ("intact", json!(self.intact)),
            ("erased", json!(self.erased)),
            ("erased_by_receipts", json!(receipts)),
            ("details_missing", json!(self.missing)),
            ("altered", json!(self.altered)),
            ("stray_details", json!(self.stray_details)),
        ]
    }
}
