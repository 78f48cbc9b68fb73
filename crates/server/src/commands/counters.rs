//! `verify-counters`.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use users_domain::model::{Application, ApplicationId, UserField};
use users_domain::service::{
    AccessError, AccessService, Miscount, RecountPage, RecountService, Remedy,
};
use uuid::Uuid;

use super::CommandError;
use crate::args::CountersCommand;
use crate::stop::StopSignals;

/// Wrong users that are named; more are only counted.
const MOST_NAMED: u64 = 1000;

/// Redrawn so often at most, each second.
const DRAWN_HZ: u8 = 5;

/// Recounts page by page, on one connection and in bounded memory; names who is wrong, and writes a sum at last. Stops
/// between two pages when the process is told to. May run beside everything else, and be repeated.
///
/// # Errors
/// [`CommandError`]; [`CommandError::Miscounted`] after everything else was done.
pub async fn run(
    command: CountersCommand,
    access: &AccessService,
    recount: &RecountService,
    out: &mut dyn Write,
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
            let page = recount
                .check_page(application, after, command.repair)
                .await?;
            report.add(application.id, &page, out)?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    report.finish(out)?;
    match (stopped, report.left_wrong()) {
        (Some(signal), _) => Err(CommandError::Stopped(signal)),
        (None, 0) => Ok(()),
        (None, wrong) => Err(CommandError::Miscounted(wrong)),
    }
}

async fn chosen(
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

/// A bar on standard error where that is a terminal; without an end where the users cannot be counted in time.
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

/// What was found so far.
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
        Self {
            repair,
            bar,
            begun: Instant::now(),
            users: 0,
            sessions: 0,
            wrong: 0,
            mended: 0,
        }
    }

    fn add(
        &mut self,
        application: ApplicationId,
        page: &RecountPage,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        self.users += page.users;
        self.sessions += page.sessions;
        self.bar.inc(page.users);
        let mut lines = String::new();
        for miscount in &page.wrong {
            self.wrong += 1;
            self.mended += u64::from(miscount.remedy == Remedy::Mended);
            if self.wrong <= MOST_NAMED {
                Self::name(application, miscount, &mut lines);
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        Ok(self.bar.suspend(|| out.write_all(lines.as_bytes()))?)
    }

    fn name(application: ApplicationId, miscount: &Miscount, lines: &mut String) {
        let fields: Vec<_> = miscount
            .fields
            .iter()
            .map(|field| UserField::as_str(*field))
            .collect();
        let outcome = match miscount.remedy {
            Remedy::None => "wrong",
            Remedy::Mended => "mended",
            Remedy::Overtaken => "overtaken",
            Remedy::Deleted => "deleted",
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            lines,
            "{application}\t{}\t{}\t{outcome}",
            miscount.user,
            fields.join(",")
        );
    }

    fn finish(&self, out: &mut dyn Write) -> Result<(), CommandError> {
        self.bar.finish_and_clear();
        if self.wrong > MOST_NAMED {
            writeln!(out, "and {} more", self.wrong - MOST_NAMED)?;
        }
        writeln!(
            out,
            "users={} sessions={} wrong={} mended={} seconds={:.1}",
            self.users,
            self.sessions,
            self.wrong,
            self.mended,
            self.begun.elapsed().as_secs_f64()
        )?;
        Ok(())
    }

    fn left_wrong(&self) -> u64 {
        if self.repair { 0 } else { self.wrong }
    }
}

#[cfg(test)]
mod tests;
