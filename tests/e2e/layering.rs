//! Who may use whom, read from the manifests; and what may stand in one place only, read from the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The arrows of `Who may use whom`: a crate may use these of ours and no others.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("junheng-proto", &[]),
    ("junheng-domain", &[]),
    ("junheng-runtime", &[]),
    ("junheng-seal", &[]),
    ("junheng-store", &["junheng-domain", "junheng-seal"]),
    ("junheng-wire", &["junheng-domain", "junheng-proto", "junheng-seal", "junheng-store"]),
    ("junheng-audit", AUDIT),
    ("junheng-client", &["junheng-proto"]),
    ("junheng-ingest", SERVICE),
    ("junheng-evaluation", SERVICE),
    ("junheng-reporting", SERVICE),
    ("junheng", PROGRAM),
    ("junheng-e2e", TESTS),
];

/// Services use everything below them, never the client and never each other.
const SERVICE: &[&str] = &[
    "junheng-audit",
    "junheng-domain",
    "junheng-proto",
    "junheng-runtime",
    "junheng-seal",
    "junheng-store",
    "junheng-wire",
];

/// What services have in common on the audit uses what they use.
const AUDIT: &[&str] =
    &["junheng-domain", "junheng-proto", "junheng-runtime", "junheng-seal", "junheng-store", "junheng-wire"];

/// The program starts the services and uses the client.
const PROGRAM: &[&str] = &[
    "junheng-audit",
    "junheng-seal",
    "junheng-client",
    "junheng-domain",
    "junheng-evaluation",
    "junheng-ingest",
    "junheng-proto",
    "junheng-reporting",
    "junheng-runtime",
    "junheng-store",
    "junheng-wire",
];

/// The tests start the services and speak protobuf: no rows, no wire, and rules only to measure them.
const TESTS: &[&str] = &[
    "junheng-audit",
    "junheng-seal",
    "junheng-domain",
    "junheng-evaluation",
    "junheng-ingest",
    "junheng-proto",
    "junheng-reporting",
    "junheng-runtime",
    "junheng-store",
    "junheng-client",
];

/// Crates that the pure domain may not use: input and output, threads that wait, clocks of the machine, logs.
const IMPURE: [&str; 8] = ["tokio", "futures", "tonic", "sea-orm", "tracing", "reqwest", "chrono", "uuid"];

fn manifest(folder: &Path) -> Table {
    fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// The manifests of all members by package.
fn members() -> BTreeMap<String, Table> {
    let services = fs::read_dir(Path::new(ROOT).join("services")).unwrap().map(|entry| entry.unwrap().path());
    let folders = services.chain(["proto", "tests"].map(|folder| Path::new(ROOT).join(folder)));
    let manifests = folders.filter(|folder| folder.join("Cargo.toml").is_file()).map(|folder| manifest(&folder));
    manifests.map(|table| (table["package"]["name"].as_str().unwrap().to_owned(), table)).collect()
}

/// All dependencies of a manifest: those of building, of tests and of single platforms, too.
fn dependencies(manifest: &Table) -> BTreeMap<String, Value> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = platforms.filter_map(Value::as_table).chain([manifest]);
    let of = |table: &Table| KINDS.map(|kind| table.get(kind).and_then(Value::as_table).cloned().unwrap_or_default());
    tables.flat_map(of).flatten().collect()
}

#[test]
fn no_crate_uses_one_that_it_may_not_use() {
    let members = members();
    let may_use: BTreeMap<_, _> = MAY_USE.into();
    assert_eq!(members.keys().map(String::as_str).collect::<BTreeSet<_>>(), may_use.keys().copied().collect());

    let mut forbidden = vec![];
    for (member, manifest) in &members {
        for used in dependencies(manifest).into_keys().filter(|used| members.contains_key(used)) {
            if !may_use[member.as_str()].contains(&used.as_str()) {
                forbidden.push(format!("{member} → {used}"));
            }
        }
    }

    assert_eq!(forbidden, [""; 0]);
}

#[test]
fn only_the_bench_calls_the_rules_themselves() {
    let folders = ["e2e", "harness"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));

    let files: Vec<_> = folders.iter().flat_map(|folder| sources(folder)).collect();
    let calling = files.iter().filter(|file| {
        let uses = format!("use junheng_{}", "domain");
        fs::read_to_string(file).unwrap().contains(&uses)
    });

    assert_eq!(calling.cloned().collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn the_domain_uses_nothing_that_waits_reads_writes_or_logs() {
    let domain = &members()["junheng-domain"];

    let used = dependencies(domain);

    let impure: Vec<_> = IMPURE.into_iter().filter(|name| used.contains_key(*name)).collect();
    assert_eq!(impure, [""; 0]);
}

#[test]
fn every_dependency_comes_from_the_workspace_table() {
    let mut others = vec![];
    for (member, manifest) in members() {
        for (name, dependency) in dependencies(&manifest) {
            if dependency.get("workspace").and_then(Value::as_bool) != Some(true) {
                others.push(format!("{member}: {name}"));
            }
        }
    }

    assert_eq!(others, [""; 0]);
}

/// Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Lines of the services' sources that hold one of the texts, apart from files that may; comments and the unit tests at the foot
/// of a file do not count.
fn lines_with(texts: &[&str], may: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for service in fs::read_dir(Path::new(ROOT).join("services")).unwrap() {
        let folder = service.unwrap().path().join("src");
        for file in folder.is_dir().then(|| sources(&folder)).into_iter().flatten() {
            let path = file.strip_prefix(ROOT).unwrap().display().to_string();
            if may.iter().any(|allowed| path.starts_with(allowed)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let code = text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]");
            let code = code.filter(|(_, line)| !line.trim_start().starts_with("//"));
            let held = code.filter(|(_, line)| texts.iter().any(|text| line.contains(text)));
            found.extend(held.map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim())));
        }
    }
    found
}

#[test]
fn statuses_are_made_in_two_places_only() {
    let constructors = [
        "Status::new(",
        "Status::with_details(",
        "Status::with_error_details(",
        "Status::with_metadata(",
        "Status::ok(",
        "Status::cancelled(",
        "Status::unknown(",
        "Status::invalid_argument(",
        "Status::deadline_exceeded(",
        "Status::not_found(",
        "Status::already_exists(",
        "Status::permission_denied(",
        "Status::resource_exhausted(",
        "Status::failed_precondition(",
        "Status::aborted(",
        "Status::out_of_range(",
        "Status::unimplemented(",
        "Status::internal(",
        "Status::unavailable(",
        "Status::data_loss(",
        "Status::unauthenticated(",
    ];

    let found = lines_with(&constructors, &["services/wire/src/status.rs", "services/runtime/src/rpc/"]);

    assert_eq!(found, [""; 0]);
}

#[test]
fn only_the_clock_of_the_runtime_reads_the_time() {
    let readings = ["Timestamp::now(", "Zoned::now(", "SystemTime::now(", "now_utc(", "Utc::now(", "Local::now("];

    let found = lines_with(&readings, &["services/runtime/src/clock.rs"]);

    assert_eq!(found, [""; 0]);
}
