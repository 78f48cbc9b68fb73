use super::*;

#[test]
fn clap_accepts_the_definition() {
    Args::command().debug_assert();
}

#[test]
fn unusable_values_are_usage_errors() {
    for arguments in [
        "key create --name x",
        "key create --name x --role KING",
        "key create --name x --role READER --kind king",
        "key create --name x --role READER --expires soon",
        "key create --name x --role READER --allowed-ip 10.1.2.3/8",
        "key rotate 00000000-0000-8000-8000-000000000001 --grace-minutes 10081",
        "application create --name x --environment moon",
        "application set 00000000-0000-8000-8000-000000000001 retention_days=-1",
        "application set 00000000-0000-8000-8000-000000000001 colour=red",
        "application set 00000000-0000-8000-8000-000000000001 verified_fields",
    ] {
        let words = ["users-server"].into_iter().chain(arguments.split(' '));
        let error = Args::try_parse_from(words).expect_err(arguments);
        assert_eq!(error.exit_code(), 2, "{arguments}");
    }
    for arguments in [
        "key create --name x --role READER --kind service",
        "key create --name x --kind role",
        "application set 00000000-0000-8000-8000-000000000001 retention_days=1 retention_days=2",
    ] {
        let words = ["users-server"].into_iter().chain(arguments.split(' '));
        let command = Args::try_parse_from(words).unwrap().command.unwrap();
        assert!(conflict(&command).is_some(), "{arguments}");
    }
    for (networks, too_many) in [(50, false), (51, true)] {
        let networks = (0..networks).map(|number| format!("--allowed-ip=10.0.0.{number}"));
        let words = "users-server key create --name x --role READER".split(' ');
        let words = words.map(str::to_owned).chain(networks);
        let command = Args::try_parse_from(words).unwrap().command.unwrap();
        assert_eq!(conflict(&command).is_some(), too_many);
    }
}

#[test]
fn help_names_the_settings() {
    let help = Args::command().render_long_help().to_string();
    for part in ["LISTEN_ADDR", "127.0.0.1:8080", "DATABASE_URL", "completions"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}
