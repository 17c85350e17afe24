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

/// The program over TLS, with a folder of what callers need: `ca.pem`, `dev.key`, `jwks.json`.
struct Secured {
    folder: TempDir,
    program: Program,
}

impl Secured {
    fn serve(database: &Database) -> Self {
        let folder = TempDir::new().unwrap();
        certificates(&folder);
        issue(&folder, "operator", "210000");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            "access.issuer=junheng-development".to_owned(),
            "access.audience=junheng".to_owned(),
            format!("access.jwks={}", path("jwks.json")),
            format!("tls.certificate={}", path("tls.pem")),
            format!("tls.key={}", path("tls.key")),
        ];
        let program = Program::serve(database, &settings.each_ref().map(String::as_str));
        Self { folder, program }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn token(&self, role: &str, region: &str) -> String {
        issue(&self.folder, role, region)
    }

    fn ingest(&self) -> String {
        format!("https://{}", self.program.ingest())
    }

    /// Imports the schools of 210922, as whom the flags say.
    fn import(&self, who: &[&str]) -> Output {
        // A school or two, as the interface is tried with.
        let all = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/zhangwu-2024/schools.csv")).unwrap();
        let few: Vec<&str> = all.lines().take(3).collect();
        let schools = &self.path("schools.csv");
        fs::write(schools, few.join("\n")).unwrap();
        let names = ["--county-name", "彰武县", "--city-name", "阜新市", "--province-name", "辽宁省"];
        let server = self.ingest();
        let command = ["schools", "import", schools, "--county", "210922", "--server", server.as_str()];
        run(&[&command[..], &names, who].concat())
    }
}

fn issue(folder: &TempDir, role: &str, region: &str) -> String {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (key, jwks) = (path("dev.key"), path("jwks.json"));
    let issued = run(&["token", "--key", &key, "--jwks", &jwks, "--role", role, "--region", region]);
    assert!(issued.status.success(), "{}", text(&issued));
    String::from_utf8(issued.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_is_tried_as_somebody_over_tls() {
    let database = Database::sqlite();
    let secured = Secured::serve(&database);
    let (ca, operator) = (secured.path("ca.pem"), secured.token("operator", "210000"));
    let imported = secured.import(&["--ca", &ca, "--token", &operator]);
    assert!(imported.status.success(), "{}", text(&imported));
    let (reporter, reader) = (secured.token("county_reporter", "210922"), secured.token("county_reader", "210922"));
    fs::write(secured.path("reporter"), &reporter).unwrap();
    let target = secured.ingest();
    let check = |who: &[&str], region: &[&str]| {
        run(&[&["conformance", "--target", &target, "--ca", &ca][..], region, who].concat())
    };
    let own = ["--region", "210922"];

    let file = secured.path("reporter");
    let passed = check(&["--token-file", &file], &own);
    assert_eq!(passed.status.code(), Some(0), "{}", text(&passed));
    let results = text(&passed).lines().skip(1).filter(|line| line.split_whitespace().nth(1) == Some("通过")).count();
    assert_eq!(results, 15, "{}", text(&passed));
    for (what, who, region, told) in [
        ("no token", vec![], own, "服务不接受所给的身份"),
        ("another county's", vec!["--token", &reporter], ["--region", "210921"], "请先登记该县"),
        ("who only reads", vec!["--token", &reader], own, "项不通过"),
    ] {
        let refused = check(&who, &region);
        assert_eq!(refused.status.code(), Some(1), "{what}: {}", text(&refused));
        assert!(text(&refused).contains(told), "{what}: {}", text(&refused));
        assert!(!text(&refused).contains(&reporter), "{what} prints a token");
    }
    let stranger = run(&["conformance", "--target", &target, "--token", &reporter]);
    assert!(text(&stranger).contains("无法连接"), "{}", text(&stranger));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_say_who_calls_over_tls_and_never_print_it() {
    let database = Database::sqlite();
    let secured = Secured::serve(&database);
    let (key, ca, server) = (secured.path("dev.key"), secured.path("ca.pem"), secured.ingest());
    let (operator, sibling) = (secured.token("operator", "210000"), secured.token("county_reader", "210921"));
    fs::write(secured.path("token"), &operator).unwrap();

    for (what, who, told) in [
        ("no token", &["--ca", &ca][..], "服务不接受所给的身份"),
        ("a token that is none", &["--ca", &ca, "--token", "secret-of-nobody"], "服务不接受所给的身份"),
        ("a role that may not", &["--ca", &ca, "--token", &sibling], "ROLE_NOT_ALLOWED"),
        ("nobody believes the server", &["--token", &operator], "服务端证书的颁发者不受信任"),
    ] {
        let refused = secured.import(who);
        assert_eq!(refused.status.code(), Some(1), "{what}: {}", text(&refused));
        assert!(text(&refused).contains(told), "{what}: {}", text(&refused));
        let secrets = [&operator, &sibling, "secret-of-nobody"];
        assert!(secrets.iter().all(|secret| !text(&refused).contains(*secret)), "{what}");
    }
    let done = secured.import(&["--ca", &ca, "--token-file", &secured.path("token")]);
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
