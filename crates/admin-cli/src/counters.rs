//! `verify-counters`.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use users_domain::model::{Application, ApplicationId, UserField};
use users_domain::ports::{Outbox, WrongUserCount};
use users_domain::service::{
    AccessError, AccessService, Miscount, RecountPage, RecountService, Remedy,
};
use uuid::Uuid;

use crate::answer::{Answer, Record};
use crate::args::CountersCommand;
use crate::{CommandError, DRAWN_HZ};
use adapter_system::StopSignals;

/// Maximum number of wrong users that are listed; further ones are only counted.
pub(crate) const MAX_LISTED: u64 = 1000;

/// Recounts page by page, on one connection and in bounded memory. Writes a row for each wrong record, and the totals
/// at the end. Stops between two pages on SIGTERM or SIGINT. Can run while the service runs, and can be repeated.
///
/// # Errors
/// [`CommandError`]; [`CommandError::Miscounted`] after everything was checked.
pub async fn run(
    command: CountersCommand,
    access: &AccessService,
    recount: &RecountService,
    outbox: &dyn Outbox,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    let mut signals = StopSignals::listen().map_err(CommandError::Signals)?;
    let applications = chosen(access, command.application).await?;
    let mut report = Report::new(command.repair, progress(recount, &applications).await);
    let mut stopped = None;
    'applications: for application in &applications {
        let mut after = None;
        loop {
            stopped = signals.arrived().await;
            if stopped.is_some() {
                break 'applications;
            }
            let page = recount.check_page(application, after, command.repair).await?;
            report.add(application.id, &page, answer)?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let counts = outbox.check_user_counts(application.id, command.repair).await?;
        report.add_counts(application.id, &counts, answer)?;
    }
    report.finish(answer)?;
    match (stopped, report.left_wrong()) {
        (Some(signal), _) => Err(CommandError::Stopped(signal)),
        (None, 0) => Ok(()),
        (None, wrong) => Err(CommandError::Miscounted(wrong)),
    }
}

/// Returns the application with this id, or all applications without an id.
///
/// # Errors
/// [`AccessError::UnknownApplication`], [`AccessError::Store`].
pub(crate) async fn chosen(
    access: &AccessService,
    id: Option<Uuid>,
) -> Result<Vec<Application>, CommandError> {
    let mut applications = access.applications().await?;
    if let Some(id) = id.map(ApplicationId::new) {
        applications.retain(|application| application.id == id);
        if applications.is_empty() {
            return Err(AccessError::UnknownApplication(id).into());
        }
    }
    Ok(applications)
}

/// Returns a progress bar if standard error is a terminal; the bar has no total if the users cannot be counted in time.
async fn progress(recount: &RecountService, applications: &[Application]) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWN_HZ);
    if target.is_hidden() {
        return ProgressBar::hidden();
    }
    let mut all = Some(0);
    for application in applications {
        let users = recount.users(application.id).await.ok();
        all = all.zip(users).map(|(all, users)| all + users);
    }
    let template = if all.is_some() {
        "{wide_bar} {pos} of {len} users, {eta} left"
    } else {
        "{spinner} {pos} users, {elapsed}"
    };
    let style = ProgressStyle::with_template(template);
    ProgressBar::with_draw_target(all, target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The findings so far.
struct Report {
    repair: bool,
    bar: ProgressBar,
    begun: Instant,
    users: u64,
    sessions: u64,
    wrong: u64,
    mended: u64,
}

impl Report {
    fn new(repair: bool, bar: ProgressBar) -> Self {
        Self { repair, bar, begun: Instant::now(), users: 0, sessions: 0, wrong: 0, mended: 0 }
    }

    fn add(
        &mut self,
        application: ApplicationId,
        page: &RecountPage,
        answer: &mut Answer<'_>,
    ) -> Result<(), CommandError> {
        self.users += page.users;
        self.sessions += page.sessions;
        self.bar.inc(page.users);
        for miscount in &page.wrong {
            self.wrong += 1;
            self.mended += u64::from(miscount.remedy == Remedy::Mended);
            if self.wrong <= MAX_LISTED {
                let row = Self::row(application, miscount);
                self.bar.suspend(|| answer.row(row))?;
            }
        }
        Ok(())
    }

    /// Adds the application's stored user counts that are wrong.
    fn add_counts(
        &mut self,
        application: ApplicationId,
        counts: &[WrongUserCount],
        answer: &mut Answer<'_>,
    ) -> Result<(), CommandError> {
        let outcome = if self.repair { "mended" } else { "wrong" };
        for WrongUserCount { status, .. } in counts {
            self.wrong += 1;
            self.mended += u64::from(self.repair);
            let row = vec![
                ("application", json!(application.to_string())),
                ("user", json!(null)),
                ("fields", json!([format!("count of {}", status.as_str())])),
                ("outcome", json!(outcome)),
            ];
            self.bar.suspend(|| answer.row(row))?;
        }
        Ok(())
    }

    fn row(application: ApplicationId, miscount: &Miscount) -> Record {
        let fields: Vec<_> =
            miscount.fields.iter().map(|field| UserField::as_str(*field)).collect();
        let outcome = match miscount.remedy {
            Remedy::None => "wrong",
            Remedy::Mended => "mended",
            Remedy::Overtaken => "overtaken",
            Remedy::Deleted => "deleted",
        };
        vec![
            ("application", json!(application.to_string())),
            ("user", json!(miscount.user.to_string())),
            ("fields", json!(fields)),
            ("outcome", json!(outcome)),
        ]
    }

    fn finish(&self, answer: &mut Answer<'_>) -> Result<(), CommandError> {
        self.bar.finish_and_clear();
        if self.wrong > MAX_LISTED {
            let more = self.wrong - MAX_LISTED;
            answer.line(&format!("and {more} more"), vec![("more", json!(more))])?;
        }
        let seconds = self.begun.elapsed().as_millis() / 100;
        answer.pairs(vec![
            ("users", json!(self.users)),
            ("sessions", json!(self.sessions)),
            ("wrong", json!(self.wrong)),
            ("mended", json!(self.mended)),
            ("seconds", json!(format!("{}.{}", seconds / 10, seconds % 10))),
        ])?;
        Ok(())
    }

    fn left_wrong(&self) -> u64 {
        if self.repair { 0 } else { self.wrong }
    }
}

#[cfg(test)]
mod tests;
