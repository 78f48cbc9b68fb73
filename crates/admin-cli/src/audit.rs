//! `audit verify`.

use adapter_postgres::PgAuditReader;
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::json;
use users_domain::model::{ApplicationId, AuditId, AuditProof, StoredAuditEntry};
use users_domain::service::AccessService;

use crate::answer::{Answer, Record};
use crate::args::AuditCommand;
use crate::counters::{MAX_LISTED, chosen};
use crate::{CommandError, DRAWN_HZ};
use adapter_system::StopSignals;

/// Entries per read.
const PAGE: usize = 1000;

/// Checks every entry of the audit trail against its commitment, page by page on one connection. Writes a row for each
/// wrong entry, and the totals at the end. Stops between two pages on SIGTERM or SIGINT.
///
/// # Errors
/// [`CommandError`]; [`CommandError::TrailBroken`] after all entries were checked.
pub async fn run(
    AuditCommand::Verify { application }: AuditCommand,
    access: &AccessService,
    reader: &PgAuditReader,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    let mut signals = StopSignals::listen().map_err(CommandError::Signals)?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWN_HZ));
    let mut totals = Totals::default();
    let of_one = chosen(access, application).await?;
    // Purge receipts cover all applications together, so erased entries of the other applications are counted too.
    let others = access.applications().await?;
    let others = others.into_iter().filter(|other| of_one.iter().all(|one| one.id != other.id));
    let each = of_one.iter().map(|one| (one.id, true));
    for (id, is_checked) in each.chain(others.map(|other| (other.id, false))) {
        if !is_checked && totals.erased == 0 {
            break;
        }
        let mut after = None;
        loop {
            if let Some(signal) = signals.arrived().await {
                return Err(CommandError::Stopped(signal));
            }
            let page = reader.stored(id, after, PAGE).await?;
            after = page.next;
            if is_checked {
                totals.stray_details += page.stray_details;
                for entry in &page.entries {
                    bar.inc(1);
                    if let Some(row) = totals.add(id, entry.id, entry.proof()) {
                        bar.suspend(|| answer.row(row))?;
                    }
                }
            } else {
                totals.add_elsewhere(&page.entries);
            }
            if after.is_none() {
                break;
            }
        }
    }
    bar.finish_and_clear();
    let receipts = if application.is_none() || totals.erased > 0 {
        Some(reader.erased_by_receipts().await?)
    } else {
        None
    };
    answer.pairs(totals.record(receipts))?;
    let erased = totals.erased + totals.erased_elsewhere;
    if totals.wrong() == 0 && receipts.is_none_or(|receipts| receipts == erased) {
        Ok(())
    } else {
        Err(CommandError::TrailBroken)
    }
}

#[derive(Default)]
struct Totals {
    intact: u64,
    erased: u64,
    /// Erased entries of the applications that are not checked.
    erased_elsewhere: u64,
    missing: u64,
    altered: u64,
    stray_details: u64,
}

impl Totals {
    /// Counts an entry; returns a row if the entry is wrong, for at most [`MAX_LISTED`] entries.
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
        let word = word.filter(|_| self.wrong() <= MAX_LISTED)?;
        Some(vec![
            ("application", json!(application.to_string())),
            ("entry", json!(entry.to_string())),
            ("problem", json!(word)),
        ])
    }

    fn add_elsewhere(&mut self, entries: &[StoredAuditEntry]) {
        let erased = entries.iter().filter(|entry| entry.proof() == AuditProof::Erased);
        self.erased_elsewhere += erased.count() as u64;
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
            ("erased_elsewhere", json!(self.erased_elsewhere)),
            ("erased_by_receipts", json!(receipts)),
            ("details_missing", json!(self.missing)),
            ("altered", json!(self.altered)),
            ("stray_details", json!(self.stray_details)),
        ]
    }
}
