//! The connection to PostgreSQL is secured, and whoever stands in for the server is found out.

use std::{
    fs,
    net::Ipv4Addr,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::PathBuf,
    process::id,
};

use junheng_e2e::{postgres::Cluster, run_with};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;

/// An authority, and the file of its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &TempDir, name: &str) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// A certificate for an address, and its key.
    fn issue(&self, address: Ipv4Addr, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let mut params = CertificateParams::new(vec![address.to_string()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// Starts a server anew, so that it takes connections over TLS, and no others, at addresses of this machine, on PostgreSQL's own port.
fn secure(cluster: &Cluster, addresses: [Ipv4Addr; 2], (certificate, key): &(String, String)) {
    cluster.crash().unwrap();
    let folder = cluster.socket().parent().unwrap().join("data");
    let owner = fs::metadata(&folder).unwrap();
    for (name, text) in [("server.crt", certificate), ("server.key", key)] {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let settings = fs::read_to_string(folder.join("postgresql.conf")).unwrap();
    let addresses = addresses.map(|address| address.to_string()).join(",");
    let settings = format!("{settings}\nssl = on\nlisten_addresses = '{addresses}'\n");
    fs::write(folder.join("postgresql.conf"), settings).unwrap();
    fs::write(folder.join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.0/8 trust\n").unwrap();
    cluster.run().unwrap();
}

/// Two addresses of this machine that no other process of tests has, as there is one port to listen on.
fn addresses() -> [Ipv4Addr; 2] {
    let [_, high, middle, low] = id().to_be_bytes();
    [64, 128].map(|side| Ipv4Addr::new(127, side | (high & 0x3f), middle, low))
}

#[test]
fn a_server_is_believed_by_its_authority_and_its_name() {
    let folder = TempDir::new().unwrap();
    let [ours, theirs] = ["ours.pem", "theirs.pem"].map(|name| Authority::new(&folder, name));
    let (right, wrong, absent) = (ours.file.display(), theirs.file.display(), folder.path().join("absent.pem"));
    let [named, other] = addresses();
    let cluster = Cluster::start_primary("secured").unwrap();
    secure(&cluster, [named, other], &ours.issue(named, |_| {}));
    let migrate = |url: &str, variables: &[(&str, &str)]| {
        let arguments = ["migrate", "--database", url, "--set", "database.start_timeout_ms=0"];
        let ended = run_with(&arguments, variables);
        (ended.status.success(), String::from_utf8(ended.stderr).unwrap())
    };
    let url = |host, rest: &str| format!("postgres://postgres@{host}/postgres?{rest}");

    for (host, rest, why) in [
        (
            named,
            format!("sslmode=verify-full&sslrootcert={wrong}"),
            "its certificate is of an authority that sslrootcert does not have",
        ),
        (named, "sslmode=verify-full".to_owned(), "its certificate is of an authority that sslrootcert does not have"),
        (other, format!("sslmode=verify-full&sslrootcert={right}"), "its certificate is for another host"),
        (named, format!("sslmode=verify-full&sslrootcert={}", absent.display()), "no such file as sslrootcert names"),
        (named, "sslmode=disable".to_owned(), "the login is refused"),
    ] {
        let (done, told) = migrate(&url(host, &rest), &[]);
        let place = format!("no connection to {host}:5432/postgres as postgres: ");
        assert!(!done && told.contains(&place) && told.contains(why), "{host} {rest}: {told}");
        assert!(!told.contains("no answer in time"), "{told}");
    }

    let (done, told) = migrate(&url(named, &format!("sslmode=verify-full&sslrootcert={right}")), &[]);
    assert!(done, "{told}");
    // As the overlays say it, for every URL that says nothing itself.
    let variables = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", ours.file.to_str().unwrap())];
    let (done, told) = migrate(&url(named, ""), &variables);
    assert!(done, "{told}");
    let (done, told) = migrate(&url(other, ""), &variables);
    assert!(!done && told.contains("its certificate is for another host"), "{told}");

    let ended = ours.issue(named, |params| params.not_after = date_time_ymd(2020, 1, 1));
    secure(&cluster, [named, other], &ended);
    let (done, told) = migrate(&url(named, ""), &variables);
    assert!(!done && told.contains("its certificate has ended"), "{told}");
}
