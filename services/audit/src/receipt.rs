//! Receipts that their senders can verify without us.

use junheng_proto::ingest::v1 as proto;
use junheng_seal::{
    head::Statement as _,
    key::{PublicKey, SignatureError, Signer, verify as verify_signature},
    receipt::Receipt,
};
use junheng_wire::{name, time};

/// A receipt that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A field that every receipt of a submission has is missing or none.
    #[error("lacks a valid {0}")]
    Field(&'static str),
    /// Its signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Says which request the receipt of a submission answers, and signs it where there is a key. One that was only validated stays as it is.
pub fn seal(receipt: &mut proto::Receipt, request_id: &str, signer: Option<&Signer>) {
    if receipt.submission.is_empty() {
        return;
    }
    request_id.clone_into(&mut receipt.request_id);
    let Some(signer) = signer else { return };
    signer.id().clone_into(&mut receipt.key_id);
    // The receipt of a submission has all fields.
    if let Ok(encoded) = encoded(receipt) {
        receipt.signature = signer.sign(&encoded);
    }
}

/// Verifies a receipt. Its findings and counts are not signed: the content digest stands for the content.
///
/// # Errors
///
/// [`ReceiptError`] when none of the keys signed it, or it is not what was signed.
pub fn verify(receipt: &proto::Receipt, keys: &[PublicKey]) -> Result<(), ReceiptError> {
    let encoded = encoded(receipt)?;
    Ok(verify_signature(keys, &receipt.key_id, &encoded, &receipt.signature)?)
}

fn encoded(receipt: &proto::Receipt) -> Result<Vec<u8>, ReceiptError> {
    let parsed = name::parse_submission(&receipt.submission).map_err(|_| ReceiptError::Field("submission"))?;
    let (county, month, _) = parsed;
    let known_at = receipt.known_at.as_ref().and_then(time::decode);
    let known_at = known_at.filter(|instant| instant.subsec_nanosecond() % 1_000_000 == 0);
    let signed = Receipt {
        region: county.as_str(),
        month: &month.to_string(),
        revision: receipt.revision.ok_or(ReceiptError::Field("revision"))?,
        content_digest: &receipt.content_digest,
        known_at_unix_ms: known_at.ok_or(ReceiptError::Field("known_at"))?.as_millisecond(),
        request_id: &receipt.request_id,
        submission: &receipt.submission,
        key_id: &receipt.key_id,
    };
    Ok(signed.encoded())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> proto::Receipt {
        proto::Receipt {
            submission: "regions/210922/submissions/2024-12.3".into(),
            revision: Some(2),
            school_count: Some(30),
            content_digest: "ab".repeat(32),
            known_at: Some(junheng_proto::Timestamp { seconds: 1_736_043_825, nanos: 200_000_000 }),
            ..proto::Receipt::default()
        }
    }

    #[test]
    fn a_receipt_verifies_until_anything_that_was_signed_changes() {
        let signer = Signer::of_secret(&[4; 32]);
        let keys = [signer.public()];
        let mut sealed = receipt();
        seal(&mut sealed, "r-1", Some(&signer));
        assert_eq!(verify(&sealed, &keys), Ok(()));
        let changes: [fn(&mut proto::Receipt); 6] = [
            |receipt| receipt.submission = "regions/210922/submissions/2024-12.4".into(),
            |receipt| receipt.submission = "regions/210921/submissions/2024-12.3".into(),
            |receipt| receipt.revision = Some(3),
            |receipt| receipt.content_digest = "ac".repeat(32),
            |receipt| receipt.request_id = "r-2".into(),
            |receipt| receipt.known_at = Some(junheng_proto::Timestamp { seconds: 1_736_043_826, nanos: 200_000_000 }),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut other = sealed.clone();
            change(&mut other);
            assert_eq!(verify(&other, &keys), Err(SignatureError::Wrong.into()), "{place}");
        }
        let mut between = sealed.clone();
        between.known_at = between.known_at.map(|at| junheng_proto::Timestamp { nanos: at.nanos + 1, ..at });
        assert_eq!(verify(&between, &keys), Err(ReceiptError::Field("known_at")));
    }

    #[test]
    fn without_a_key_a_receipt_is_not_signed_and_one_that_was_only_validated_never_is() {
        let signer = Signer::of_secret(&[4; 32]);
        let (mut unsigned, mut validated) = (receipt(), proto::Receipt::default());

        seal(&mut unsigned, "r-1", None);
        seal(&mut validated, "r-1", Some(&signer));

        assert_eq!(unsigned.request_id, "r-1");
        assert_eq!(verify(&unsigned, &[signer.public()]), Err(SignatureError::Missing.into()));
        assert_eq!(validated, proto::Receipt::default());
    }
}
