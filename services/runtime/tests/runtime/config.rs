use std::ffi::OsString;
use std::io::Write;

use junheng_runtime::config::{ConfigError, LogFormat};
use junheng_runtime::{Args, Config};
use tempfile::NamedTempFile;

fn load(file: Option<&str>, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let written = file.map(|text| {
        let mut written = NamedTempFile::with_suffix(".toml").unwrap();
        written.write_all(text.as_bytes()).unwrap();
        written
    });
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::load_from(written.as_ref().map(NamedTempFile::path), variables, &flags)
}

#[test]
fn the_defaults_are_usable() {
    let config = Config::defaults().unwrap();

    assert_eq!(config.database.url.expose(), "sqlite://junheng.db?mode=rwc");
    assert_eq!(config.log.format, LogFormat::Human);
    assert_eq!(config.limits.max_message_bytes, 16 << 20);
    assert_eq!(config.ingest.listen.to_string(), "127.0.0.1:50051");
}

#[test]
fn the_audit_is_kept_for_half_a_year_at_least() {
    assert_eq!(load(None, &[], &[("audit.retention_days", "184")]).unwrap().audit.retention_days, 184);

    let error = load(None, &[("JUNHENG_AUDIT__RETENTION_DAYS", "183")], &[]).unwrap_err();

    let told = error.to_string();
    assert!(told.contains("`audit.retention_days` 不能少于 184 天"), "{told}");
}

#[test]
fn a_signing_key_is_a_path_or_nothing() {
    assert_eq!(Config::defaults().unwrap().audit.signing_key, None);
    let config = load(None, &[("JUNHENG_AUDIT__SIGNING_KEY", "/keys/a.pem")], &[]).unwrap();

    assert_eq!(config.audit.signing_key.as_deref(), Some("/keys/a.pem".as_ref()));
    assert!(config.to_toml().unwrap().contains("signing_key = \"/keys/a.pem\""));
}

#[test]
fn pages_that_ask_nobody_are_on_loopback_only() {
    let open = |address| load(None, &[], &[("reporting.console_listen", address)]);
    let file =
        "[access]\nissuer = \"i\"\naudience = \"a\"\njwks = \"j\"\n[reporting]\nconsole_listen = \"0.0.0.0:8080\"\n";
    assert!(load(Some(file), &[], &[]).is_ok(), "whoever looks is asked who he is");

    let error = open("0.0.0.0:8080").unwrap_err();

    assert_eq!(error.problems()[0].key, "reporting.console_listen");
    assert!(error.problems()[0].text.contains("不是本机地址"), "{error}");
    assert_eq!(open("").unwrap().reporting.console_listen, None);
    assert!(open("[::1]:0").unwrap().reporting.console_listen.is_some());
    assert_eq!(Config::defaults().unwrap().reporting.console_listen, Some("127.0.0.1:8080".parse().unwrap()));
}

#[test]
fn a_token_header_is_the_name_of_a_header() {
    assert!(load(None, &[], &[("reporting.console_token_header", "x-forwarded-access-token")]).is_ok());

    let error = load(None, &[], &[("reporting.console_token_header", "x forwarded")]).unwrap_err();

    assert_eq!(error.problems()[0].key, "reporting.console_token_header");
}

#[test]
fn each_source_goes_over_the_one_before() {
    let file = "[limits]\nconcurrency = 1\ndrain_timeout_ms = 1\nmax_concurrent_streams = 1\n";

    let config = load(
        Some(file),
        &[("JUNHENG_LIMITS__DRAIN_TIMEOUT_MS", "2"), ("JUNHENG_LIMITS__MAX_CONCURRENT_STREAMS", "2")],
        &[("limits.max_concurrent_streams", "3")],
    )
    .unwrap();

    assert_eq!(config.limits.concurrency, 1);
    assert_eq!(config.limits.drain_timeout_ms, 2);
    assert_eq!(config.limits.max_concurrent_streams, 3);
}

#[test]
fn all_mistakes_are_named_with_their_key_and_source() {
    let file = "[limits]\nconcurency = 5\nconcurrency = 0\n[ingest]\nlisten = \"nowhere\"\n[spare]\nx = 1\n";

    let error = load(
        Some(file),
        &[("JUNHENG_LOG__FORMAT", "xml"), ("JUNHENG_DATABASE_URL", "sqlite://x"), ("JUNHENG_LOG__FILTER", "a=b=c")],
        &[("limits.drain_timeout_ms", "soon")],
    )
    .unwrap_err();

    let named: Vec<_> = error.problems().iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        named,
        [
            "ingest.listen",
            "limits.concurency",
            "limits.concurrency",
            "spare.x",
            "database_url",
            "log.filter",
            "log.format",
            "limits.drain_timeout_ms",
        ]
    );
    let text = error.to_string();
    for part in [
        ".toml：`limits.concurency` 没有这一项；`limits` 中有 concurrency、",
        "环境变量 JUNHENG_LOG__FORMAT：`log.format` 不能是“xml”，可以是 human、json",
        "`ingest.listen` 须为地址和端口",
        "`limits.drain_timeout_ms` 须为不小于 0 的整数，而不是 “soon”",
        "须大于 0",
        "参数 --set",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = Config::load_from(Some("absent.toml".as_ref()), [], &[]).unwrap_err();
    let broken = load(Some("[limits"), &[], &[]).unwrap_err();

    assert!(missing.to_string().contains("文件 absent.toml：无法读取"), "{missing}");
    assert!(broken.to_string().contains(".toml：不是有效的 TOML：TOML parse error"), "{broken}");
}

#[test]
fn variables_that_are_no_settings_are_left_alone() {
    let config = load(
        None,
        &[
            ("JUNHENG_CONFIG", "elsewhere.toml"),
            ("JUNHENG_INGEST_SERVICE_HOST", "10.0.0.1"),
            ("JUNHENG_INGEST_SERVICE_PORT_GRPC", "50051"),
            ("JUNHENG_INGEST_PORT", "tcp://10.0.0.1:50051"),
            ("JUNHENG_INGEST_PORT_50051_TCP_ADDR", "10.0.0.1"),
            ("HOME", "/root"),
        ],
        &[],
    );

    assert!(config.is_ok(), "{config:?}");
}

#[test]
fn an_empty_admin_address_opens_no_port() {
    assert_eq!(load(None, &[("JUNHENG_ADMIN__LISTEN", "")], &[]).unwrap().admin.listen, None);
}

#[test]
fn text_from_the_environment_stays_text() {
    let config = load(None, &[("JUNHENG_ACCESS__JWKS_CA", "12345")], &[]).unwrap();

    assert_eq!(config.access.jwks_ca, "12345");
}

#[test]
fn the_printed_configuration_loads_again_and_hides_the_password() {
    let config = load(None, &[("JUNHENG_DATABASE__URL", "postgres://edu:secret@db/edu")], &[]).unwrap();

    let printed = config.to_toml().unwrap();
    let again = load(Some(&printed), &[], &[]).unwrap();

    assert!(!printed.contains("secret") && !format!("{config:?}").contains("secret"));
    assert!(printed.contains("postgres://edu:***@db/edu"));
    assert_eq!(again.to_toml().unwrap(), printed);
}

#[test]
fn flags_name_file_and_settings() {
    let args = <Args as clap::Parser>::try_parse_from(["ingest", "--config", "a.toml", "--set", "log.filter=a=debug"])
        .unwrap();

    assert_eq!(args.config.unwrap().to_str(), Some("a.toml"));
    assert_eq!(args.overrides, [("log.filter".to_owned(), "a=debug".to_owned())]);
}

#[test]
fn without_authentication_only_loopback_is_listened_on() {
    let access = [("access.issuer", "i"), ("access.audience", "a"), ("access.jwks", "keys.json")];
    for (address, loopback) in [
        ("127.0.0.1:50051", true),
        ("127.8.9.1:0", true),
        ("[::1]:50051", true),
        ("[::ffff:127.0.0.1]:50051", true),
        ("0.0.0.0:50051", false),
        ("[::]:50051", false),
        ("192.168.1.5:50051", false),
        ("[::ffff:192.168.1.5]:50051", false),
    ] {
        let listen = ("ingest.listen", address);
        let open = load(None, &[], &[listen]);

        assert_eq!(open.is_ok(), loopback, "{address}");
        if let Err(error) = open {
            let text = error.to_string();
            assert!(text.contains("参数 --set ingest.listen：`ingest.listen` 不是本机地址"), "{text}");
            assert!(text.contains("调用者不经验证"), "{text}");
        }
        assert!(load(None, &[], &[&[listen][..], &access].concat()).is_ok(), "{address}");
    }
    let variable = load(None, &[("JUNHENG_REPORTING__LISTEN", "0.0.0.0:1")], &[]).unwrap_err().to_string();
    assert!(variable.contains("环境变量 JUNHENG_REPORTING__LISTEN：`reporting.listen`"), "{variable}");
}

#[test]
fn settings_that_belong_together_are_set_together() {
    for (flags, key) in [
        (&[("access.issuer", "i")][..], "access.audience"),
        (&[("access.issuer", "i"), ("access.audience", "a")], "access.jwks"),
        (&[("access.jwks", "keys.json")], "access.issuer"),
        (&[("tls.certificate", "tls.pem")], "tls.key"),
        (&[("tls.key", "tls.key")], "tls.certificate"),
        (&[("tls.client_ca", "ca.pem")], "tls.client_ca"),
        (&[("tls.require_client_certificate", "true")], "tls.require_client_certificate"),
        (&[("tls.client_names", "[\"a\"]")], "tls.client_names"),
        (&[("access.service_names", "[\"a\"]")], "access.service_names"),
    ] {
        let error = load(None, &[], flags).unwrap_err();

        assert!(error.problems().iter().any(|problem| problem.key == key), "{flags:?}: {error}");
    }
}

#[test]
fn what_the_program_calls_services_with_is_no_setting() {
    let variables = ["JUNHENG_TOKEN", "JUNHENG_TOKEN_FILE", "JUNHENG_CA", "JUNHENG_CERT", "JUNHENG_KEY"];

    assert!(load(None, &variables.map(|name| (name, "x")), &[]).is_ok());
}

#[test]
fn what_names_no_database_is_refused_at_once() {
    for url in ["", "mysql://root:secret@db/x", "12345"] {
        let error = load(None, &[("JUNHENG_DATABASE__URL", url)], &[]).unwrap_err();

        let told = error.to_string();
        assert!(told.contains("环境变量 JUNHENG_DATABASE__URL：`database.url` 不是数据库地址"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
    assert!(load(None, &[], &[("database.url", "postgresql://a@b/c")]).is_ok());
}

#[test]
fn durations_have_an_upper_bound() {
    for key in ["limits.drain_timeout_ms", "database.start_timeout_ms", "evaluation.lease_ms"] {
        let error = load(None, &[], &[(key, "999999999999999")]).unwrap_err();

        assert!(error.to_string().contains("不能超过 2678400000 毫秒（31 天）"), "{error}");
        assert!(load(None, &[], &[(key, "2678400000")]).is_ok(), "{key}");
    }
}

#[test]
fn traces_go_to_a_collector_in_plaintext() {
    let error = load(None, &[], &[("traces.endpoint", "https://collector:4317")]).unwrap_err();

    assert!(error.to_string().contains("`traces.endpoint` 须为 http://HOST:PORT"), "{error}");
    assert!(load(None, &[], &[("traces.endpoint", "http://collector:4317")]).is_ok());
}

#[test]
fn every_file_that_cannot_be_read_is_told_at_once() {
    let flags = [
        ("access.issuer", "i"),
        ("access.audience", "a"),
        ("access.jwks", "/no4"),
        ("tls.certificate", "/no1"),
        ("tls.key", "/no5"),
        ("tls.client_ca", "/no2"),
        ("audit.signing_key", "/no3"),
    ];
    let config = load(None, &[], &flags).unwrap();

    let error = config.unread_files().unwrap_err();

    let told: Vec<_> = error.problems().iter().map(|problem| (&*problem.key, &*problem.source)).collect();
    assert_eq!(
        told,
        [
            ("access.jwks", "文件 /no4"),
            ("tls.certificate", "文件 /no1"),
            ("tls.key", "文件 /no5"),
            ("tls.client_ca", "文件 /no2"),
            ("audit.signing_key", "文件 /no3"),
        ]
    );
    assert!(error.to_string().contains("无法读取：No such file"), "{error}");
    assert!(load(None, &[], &[("access.jwks_ca", "")]).unwrap().unread_files().is_ok());
}

#[test]
fn proxies_that_are_trusted_are_networks() {
    let set = |networks| load(None, &[], &[("access.trusted_proxies", networks)]);

    assert_eq!(set("[\"10.42.0.0/16\", \"fd00::/8\"]").unwrap().access.trusted_proxies.len(), 2);
    let error = set("[\"everybody\"]").unwrap_err();
    assert!(error.to_string().contains("“everybody”不是网段，应如 10.42.0.0/16"), "{error}");
}

#[test]
fn what_a_value_must_be_is_told_in_words() {
    for (key, value, told) in [
        ("limits.concurrency", "5000000000", "须为不小于 0 的整数，最大 4294967295，而不是 5000000000"),
        ("limits.concurrency", "-1", "须为不小于 0 的整数，而不是 -1"),
        ("limits.max_message_bytes", "big", "须为不小于 0 的整数，而不是 “big”"),
        ("limits.drain_timeout_ms", "1.5", "须为不小于 0 的整数，而不是 1.5"),
        ("traces.sample_ratio", "all", "须为数，而不是 “all”"),
        ("tls.require_client_certificate", "3", "须为true 或 false，而不是 3"),
        ("tls.client_names", "true", "须为数组，而不是 true"),
        ("reporting.targets", "[3]", "须为一组设置，而不是 3"),
        ("reporting.targets", "[{area=\"21\"}]", "中没有“area”这一项，可以有 region、shares、source"),
    ] {
        let error = load(None, &[], &[(key, value)]).unwrap_err().to_string();

        assert!(error.contains(&format!("`{key}` {told}")), "{error}");
    }
}
