//! Digests of content: what a request or a submission says, whatever the order of its rows.

use std::fmt::Write as _;

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::{CountyItem, SchoolFacts, SubmitMonthRequest};
use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::name;

/// The digest of a message: SHA-256 of its encoding, lower-case hexadecimal.
#[must_use]
pub fn of(message: &impl Message) -> String {
    of_bytes(&message.encode_to_vec())
}

/// The digest of a text, likewise.
#[must_use]
pub fn of_text(text: &str) -> String {
    of_bytes(text.as_bytes())
}

/// The digest of a file, likewise.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Sha256);

impl Pieces {
    /// Takes the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces, as [`of_bytes`] gives it of the whole.
    #[must_use]
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// The digest of all that a submission asks for but which request it is; the order of its schools and items does not matter.
#[must_use]
pub fn of_submission(request: &SubmitMonthRequest) -> String {
    of_rows(SubmitMonthRequest { request_id: String::new(), validate_only: false, ..request.clone() })
}

fn of_rows(mut content: SubmitMonthRequest) -> String {
    content.schools.sort_by(|a, b| a.school_code.cmp(&b.school_code));
    content.items.sort_by(|a, b| (&a.item, &a.operand).cmp(&(&b.item, &b.operand)));
    of(&content)
}

/// The content digest of a month: of its region, month, schools by code and items by id, not of how or by which request it came.
#[must_use]
pub fn of_content(region: &RegionCode, month: Month, schools: Vec<SchoolFacts>, items: Vec<CountyItem>) -> String {
    of_rows(SubmitMonthRequest {
        region: name::region(region),
        month: month.to_string(),
        schools,
        items,
        ..SubmitMonthRequest::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_and_the_request_do_not_matter_and_the_content_does() {
        let school = |code: &str, pupils| SchoolFacts {
            school_code: code.into(),
            pupils_primary: pupils,
            ..SchoolFacts::default()
        };
        let request =
            |id: &str, schools| SubmitMonthRequest { request_id: id.into(), schools, ..SubmitMonthRequest::default() };

        let one = of_submission(&request("a", vec![school("1", Some(0)), school("2", Some(5))]));

        assert_eq!(one, of_submission(&request("b", vec![school("2", Some(5)), school("1", Some(0))])));
        assert_ne!(one, of_submission(&request("a", vec![school("1", None), school("2", Some(5))])));
        assert_eq!(one.len(), 64);
    }

    #[test]
    fn bytes_in_pieces_have_the_digest_of_the_whole() {
        let mut pieces = Pieces::default();
        pieces.add(b"ab");
        pieces.add(b"");
        pieces.add(b"c");

        assert_eq!(pieces.finish(), of_bytes(b"abc"));
    }

    #[test]
    fn how_a_month_came_matters_to_its_request_and_not_to_its_content() {
        let schools = || vec![SchoolFacts { school_code: "1".into(), ..SchoolFacts::default() }];
        let request = SubmitMonthRequest {
            region: "regions/210922".into(),
            month: "2024-12".into(),
            schools: schools(),
            ..SubmitMonthRequest::default()
        };
        let based = SubmitMonthRequest { base_revision: Some(0), ..request.clone() };

        let content = of_content(&"210922".parse().unwrap(), "2024-12".parse().unwrap(), schools(), vec![]);

        assert_eq!(content, of_submission(&request));
        assert_ne!(of_submission(&based), of_submission(&request));
    }
}
