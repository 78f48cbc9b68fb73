use std::sync::Arc;

use nix::sys::signal::{Signal, raise};
use users_domain::model::{
    ApplicationName, ApplicationSettings, Environment, Timestamp, UserId, UserStatus,
};
use users_domain::ports::{
    MockApplicationStore, MockKeyStore, MockOutbox, MockUserReader, MockUserStore, UserReader,
};

use super::*;
use adapter_system::{SystemClock, SystemEntropy};

const ALL: CountersCommand = CountersCommand { application: None, repair: false };

fn application(number: u128) -> Application {
    Application {
        id: ApplicationId::new(Uuid::from_u128(number)),
        name: ApplicationName::parse("application").unwrap(),
        environment: Environment::Live,
        settings: ApplicationSettings::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

async fn verify(
    command: CountersCommand,
    reader: impl UserReader + 'static,
) -> (Result<(), CommandError>, String) {
    let mut applications = MockApplicationStore::new();
    applications.expect_list().returning(|| Ok((1..=3).map(application).collect()));
    let access = AccessService::new(
        Arc::new(applications),
        Arc::new(MockKeyStore::new()),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    );
    let recount = RecountService::new(
        Arc::new(MockUserStore::new()),
        Arc::new(reader),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    );
    let mut out = Vec::new();
    let mut outbox = MockOutbox::new();
    outbox.expect_check_user_counts().returning(|_, _| Ok(Vec::new()));
    let outcome = run(command, &access, &recount, &outbox, &mut Answer::new(&mut out, false)).await;
    (outcome, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn a_signal_stops_the_command_between_two_pages() {
    let mut reader = MockUserReader::new();
    reader.expect_histories().times(1).returning(|_, _, _| {
        raise(Signal::SIGTERM).unwrap();
        Ok(Vec::new())
    });
    let (outcome, written) = verify(ALL, reader).await;
    assert!(matches!(outcome, Err(CommandError::Stopped("SIGTERM"))), "{outcome:?}");
    assert!(written.starts_with("users=0 sessions=0 wrong=0 mended=0 seconds="), "{written}");
}

#[tokio::test]
async fn only_the_given_application_is_counted() {
    let id = Uuid::from_u128(2);
    let mut reader = MockUserReader::new();
    reader.expect_histories().times(1).returning(move |application, _, _| {
        assert_eq!(application, ApplicationId::new(id));
        Ok(Vec::new())
    });
    let application = Some(id);
    let (outcome, _) = verify(CountersCommand { application, ..ALL }, reader).await;
    assert!(outcome.is_ok(), "{outcome:?}");

    let application = Some(Uuid::from_u128(4));
    let unknown = CountersCommand { application, ..ALL };
    let (outcome, _) = verify(unknown, MockUserReader::new()).await;
    let unknown = AccessError::UnknownApplication(ApplicationId::new(Uuid::from_u128(4)));
    assert!(matches!(outcome, Err(CommandError::Access(error)) if error == unknown));
}

fn page(wrong: u64, remedy: Remedy) -> RecountPage {
    let miscount = |number: u64| Miscount {
        user: UserId::new(Uuid::from_u128(number.into())),
        fields: vec![UserField::SessionCount, UserField::Features],
        remedy,
    };
    RecountPage {
        users: wrong + 1,
        sessions: 2 * wrong,
        wrong: (0..wrong).map(miscount).collect(),
        next: None,
    }
}

fn report_of(repair: bool, pages: &[RecountPage]) -> (String, u64) {
    let mut report = Report::new(repair, ProgressBar::hidden());
    let mut out = Vec::new();
    let mut answer = Answer::new(&mut out, false);
    for page in pages {
        report.add(application(7).id, page, &mut answer).unwrap();
    }
    report.finish(&mut answer).unwrap();
    (String::from_utf8(out).unwrap(), report.left_wrong())
}

#[test]
fn each_wrong_user_has_a_line() {
    let user = "00000000-0000-0000-0000-00000000000";
    for (repair, remedy, word, left) in [
        (false, Remedy::None, "wrong", 1),
        (true, Remedy::Mended, "mended", 0),
        (true, Remedy::Overtaken, "overtaken", 0),
        (true, Remedy::Deleted, "deleted", 0),
    ] {
        let (written, left_wrong) = report_of(repair, &[page(1, remedy)]);
        let first = format!(
            "{user}7\t{user}0\tsession_count,features\t{word}\nusers=2 sessions=2 wrong=1 "
        );
        assert!(written.starts_with(&first), "{written}");
        assert_eq!(left_wrong, left);
    }
}

#[test]
fn each_wrong_count_has_a_line() {
    for (repair, word, left) in [(false, "wrong", 1), (true, "mended", 0)] {
        let mut report = Report::new(repair, ProgressBar::hidden());
        let mut out = Vec::new();
        let count = WrongUserCount { status: UserStatus::Blocked, kept: 2, users: 1 };
        report.add_counts(application(7).id, &[count], &mut Answer::new(&mut out, false)).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("00000000-0000-0000-0000-000000000007\t-\tcount of BLOCKED\t{word}\n")
        );
        assert_eq!(report.left_wrong(), left);
    }
}

#[test]
fn at_most_a_thousand_wrong_users_are_listed() {
    let pages = [600, 600, 2].map(|wrong| page(wrong, Remedy::None));
    let (written, left) = report_of(false, &pages);
    assert_eq!(written.matches("\twrong\n").count(), 1000);
    assert!(
        written.contains("\nand 202 more\nusers=1205 sessions=2404 wrong=1202 mended=0 seconds=")
    );
    assert_eq!(left, 1202);
}
