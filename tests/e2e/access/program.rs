//! The program: tokens for development, services over TLS, and commands that say who calls.

use std::{fs, process::Output};

use junheng_e2e::{Database, Program, run};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A certificate of `localhost` and 127.0.0.1 with its key, and the one that it is believed by, as files of a folder.
fn certificates(folder: &TempDir) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    for (name, text) in [("ca.pem", ca.pem()), ("tls.pem", certificate.pem()), ("tls.key", key.serialize_pem())] {
        fs::write(folder.path().join(name), text).unwrap();
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_say_who_calls_over_tls_and_never_print_it() {
    let folder = TempDir::new().unwrap();
    certificates(&folder);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (key, jwks, ca) = (path("dev.key"), path("jwks.json"), path("ca.pem"));
    let token = |role: &str, region: &str| {
        let issued = run(&["token", "--key", &key, "--jwks", &jwks, "--role", role, "--region", region]);
        assert!(issued.status.success(), "{}", text(&issued));
        String::from_utf8(issued.stdout).unwrap().trim().to_owned()
    };
    let (operator, sibling) = (token("operator", "210000"), token("county_reader", "210921"));
    fs::write(path("token"), &operator).unwrap();
    let settings = [
        "access.issuer=junheng-development".to_owned(),
        "access.audience=junheng".to_owned(),
        format!("access.jwks={jwks}"),
        format!("tls.certificate={}", path("tls.pem")),
        format!("tls.key={}", path("tls.key")),
    ];
    let database = Database::sqlite();
    let program = Program::serve(&database, &settings.each_ref().map(String::as_str));
    let server = format!("https://{}", program.ingest());
    let schools = concat!(env!("CARGO_MANIFEST_DIR"), "/data/zhangwu-2024/schools.csv");
    let import = |who: &[&str]| {
        let names = ["--county-name", "彰武县", "--city-name", "阜新市", "--province-name", "辽宁省"];
        let command = ["schools", "import", schools, "--county", "210922", "--server", &server];
        run(&[&command[..], &names, who].concat())
    };

    for (what, who, told) in [
        ("no token", &["--ca", &ca][..], "服务不接受所给的身份"),
        ("a token that is none", &["--ca", &ca, "--token", "secret-of-nobody"], "服务不接受所给的身份"),
        ("a role that may not", &["--ca", &ca, "--token", &sibling], "ROLE_NOT_ALLOWED"),
        ("nobody believes the server", &["--token", &operator], "服务端证书的颁发者不受信任"),
    ] {
        let refused = import(who);
        assert_eq!(refused.status.code(), Some(1), "{what}: {}", text(&refused));
        assert!(text(&refused).contains(told), "{what}: {}", text(&refused));
        let secrets = [&operator, &sibling, "secret-of-nobody"];
        assert!(secrets.iter().all(|secret| !text(&refused).contains(*secret)), "{what}");
    }
    let done = import(&["--ca", &ca, "--token-file", &path("token")]);
    assert!(done.status.success(), "{}", text(&done));

    let foreign = run(&["submissions", "210922", "--server", &server, "--ca", &ca, "--token", &sibling]);
    let listed = run(&["submissions", "210922", "--server", &server, "--ca", &ca, "--token", &operator]);
    assert!(text(&foreign).contains("RESOURCE_MISSING"), "{}", text(&foreign));
    assert!(listed.status.success(), "{}", text(&listed));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "the key is its owner's alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_that_is_missing_or_foreign_is_told_of() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    certificates(&folder);
    certificates(&elsewhere);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let foreign = |name: &str| elsewhere.path().join(name).display().to_string();
    let settings = [
        format!("tls.certificate={}", path("tls.pem")),
        format!("tls.key={}", path("tls.key")),
        format!("tls.client_ca={}", path("ca.pem")),
        "tls.require_client_certificate=true".to_owned(),
    ];
    let database = Database::sqlite();
    let program = Program::serve(&database, &settings.each_ref().map(String::as_str));
    let server = format!("https://{}", program.ingest());
    let list = |who: &[&str]| {
        run(&[&["submissions", "210922", "--server", &server, "--ca", &path("ca.pem")][..], who].concat())
    };

    let missing = list(&[]);
    let foreign = list(&["--cert", &foreign("tls.pem"), "--key", &foreign("tls.key")]);
    let own = list(&["--cert", &path("tls.pem"), "--key", &path("tls.key")]);

    for refused in [missing, foreign] {
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains("客户端证书"), "{}", text(&refused));
    }
    assert!(!text(&own).contains("证书"), "{}", text(&own));
}
