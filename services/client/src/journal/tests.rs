use junheng_proto::ingest::v1::{SchoolFacts, SubmitMonthRequest};
use tempfile::TempDir;

use super::*;

const ENDPOINT: &str = "http://127.0.0.1:50051";

/// A place for a journal; it is gone, whatever stands there, when the folder is dropped.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

fn month(month: &str, books: u32) -> SubmitMonthRequest {
    let school = SchoolFacts { school_code: "2121000001".into(), books: Some(books), ..SchoolFacts::default() };
    SubmitMonthRequest {
        region: "regions/210922".into(),
        month: month.into(),
        schools: vec![school],
        ..SubmitMonthRequest::default()
    }
}

fn id(journal: &Journal, request: &SubmitMonthRequest) -> String {
    journal.begin(ENDPOINT, &request.clone().into()).unwrap().request_id().to_owned()
}

const fn ending(accepted: bool) -> Ending {
    if accepted { Ending::Accepted } else { Ending::Nothing }
}

#[test]
fn what_is_held_is_known_by_its_name_until_it_ends() {
    let (_folder, path) = place();
    let begin = |journal: &Journal, books| journal.begin(ENDPOINT, &month("2024-12", books).into()).unwrap();
    let journal = Journal::open(&path).unwrap();
    let accepted = begin(&journal, 1);
    journal.finish(&accepted, &Ending::Accepted).unwrap();
    let held = begin(&journal, 2);
    journal.finish(&held, &Ending::Held("submissions/2".into())).unwrap();
    drop(journal);

    let journal = Journal::open(&path).unwrap();
    let again = begin(&journal, 2);

    assert_eq!((again.request_id(), again.held.as_deref()), (held.request_id(), Some("submissions/2")));
    assert_eq!((begin(&journal, 1).request_id(), begin(&journal, 1).held), (accepted.request_id(), None));
    journal.finish(&again, &Ending::Nothing).unwrap();
    assert!(!begin(&journal, 2).again, "what was refused is a new request");
}

#[test]
fn what_has_no_outcome_goes_under_the_same_id_after_a_restart() {
    let (_folder, path) = place();
    let first = id(&Journal::open(&path).unwrap(), &month("2024-12", 1));

    let journal = Journal::open(&path).unwrap();

    assert_eq!(id(&journal, &month("2024-12", 1)), first);
    assert_ne!(id(&journal, &month("2024-12", 2)), first);
    assert_ne!(id(&journal, &month("2024-11", 1)), first);
    let elsewhere = journal.begin("http://other:1", &month("2024-12", 1).into()).unwrap();
    assert_ne!(elsewhere.request_id(), first);
}

#[test]
fn the_content_accepted_last_keeps_its_id_and_what_was_refused_or_overtaken_does_not() {
    let (_folder, path) = place();
    let journal = Journal::open(&path).unwrap();
    let send = |journal: &Journal, books, accepted| {
        let begun = journal.begin(ENDPOINT, &month("2024-12", books).into()).unwrap();
        journal.finish(&begun, &ending(accepted)).unwrap();
        begun.content.request_id
    };

    let refused = send(&journal, 1, false);
    let first = send(&journal, 1, true);
    assert_eq!(send(&journal, 1, true), first);
    let second = send(&journal, 2, true);
    drop(journal);
    let journal = Journal::open(&path).unwrap();

    assert_ne!(first, refused);
    assert_eq!(send(&journal, 2, true), second);
    assert_ne!(send(&journal, 1, true), first, "going back to it is a new revision");
}

#[test]
fn a_torn_last_line_is_left_out_and_any_other_is_told() {
    let (_folder, path) = place();
    let journal = Journal::open(&path).unwrap();
    let first = id(&journal, &month("2024-12", 1));
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for torn in 1..whole.len() {
        fs::write(&path, [whole.as_slice(), &whole[..torn]].concat()).unwrap();
        assert_eq!(id(&Journal::open(&path).unwrap(), &month("2024-12", 1)), first, "{torn} bytes");
    }

    fs::write(&path, [b"{}\n", whole.as_slice()].concat()).unwrap();

    assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { line: 1, .. })));
}

#[test]
fn what_no_longer_matters_is_compacted() {
    let (_folder, path) = place();
    let journal = Journal::open(&path).unwrap();
    for round in 0..20 {
        let begun = journal.begin(ENDPOINT, &month("2024-12", round).into()).unwrap();
        journal.finish(&begun, &ending(round % 2 == 0)).unwrap();
    }
    drop(journal);

    let _journal = Journal::open(&path).unwrap();

    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn one_process_keeps_it_at_a_time() {
    let (_folder, path) = place();
    let first = Journal::open(&path).unwrap();

    assert!(matches!(Journal::open(&path), Err(JournalError::Locked { .. })));
    drop(first);
    assert!(Journal::open(&path).is_ok());
}

#[test]
fn of_files_every_byte_counts() {
    let (_folder, path) = place();
    let journal = Journal::open(path).unwrap();
    let of = |bytes: &[u8]| {
        let file = crate::NamedFile { name: "a.xlsx".into(), content: bytes.to_vec() };
        let sending = Sending { files: vec![file], ..month("2024-12", 1).into() };
        journal.begin(ENDPOINT, &sending).unwrap().request_id().to_owned()
    };

    let first = of(b"one");

    assert_eq!(of(b"one"), first);
    assert_ne!(of(b"two"), first);
    assert_ne!(id(&journal, &month("2024-12", 1)), first, "rows are no file");
}
