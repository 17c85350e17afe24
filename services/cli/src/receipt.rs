//! `junheng receipt`: verifies receipts without a server.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use junheng_audit::{
    key_file,
    receipt::{self, ReceiptError},
};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionResponse, Receipt, SubmitMonthResponse, acknowledge_submission_response, submit_month_response,
};
use junheng_wire::time;
use prost::Message as _;

use crate::{audit::verify, failure::Failure, files::File, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng receipt verify 210922-2024-12-第1版-回执.json --public-key signing-key.pem.pub

回执为 JSON（junheng push --receipts 存下的，或 SubmitMonth 答复的规范形式）或 protobuf 的二进制形式。签名所及：区划、月份、版本、内容摘要、接收时间、
请求编号、报送名称、密钥编号。更换过密钥的，给出各个公钥。签名无误退出码为 0，否则为 1。";

/// Arguments of `junheng receipt`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "核对回执的签名")]
    Verify {
        #[arg(value_name = "FILE", help = "回执文件")]
        file: PathBuf,
        #[arg(long, value_name = "FILE", required = true, help = "公钥文件，可以多次给出")]
        public_key: Vec<PathBuf>,
    },
}

/// Verifies a receipt.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let What::Verify { file, public_key } = &args.what;
    let keys = key_file::load_public(public_key)?;
    let receipt = read(file)?;
    receipt::verify(&receipt, &keys).map_err(|error| Failure::Refused(format!("回执不能采信：{}", why(&error))))?;
    let known = receipt.known_at.as_ref().and_then(time::decode);
    let lines = [
        format!("签名无误，密钥编号 {}", receipt.key_id),
        format!("报送 {}，第{}版", receipt.submission, receipt.revision.unwrap_or_default()),
        format!("内容摘要 {}", receipt.content_digest),
        format!("接收时间 {}", known.map(output::instant).unwrap_or_default()),
        format!("请求编号 {}", receipt.request_id),
    ];
    output::print(&lines.join("\n"))
}

fn why(error: &ReceiptError) -> String {
    match error {
        ReceiptError::Field(field) => format!("缺少有效的字段 {field}"),
        ReceiptError::Signature(error) => verify::signature(error),
    }
}

fn read(path: &Path) -> Result<Receipt, Failure> {
    let bytes = File::read(path)?.bytes;
    let unknown = || Failure::Refused(format!("文件 {} 不是回执", path.display()));
    let found = match serde_json::from_slice::<serde_json::Value>(&bytes) {
        Ok(json) => of_json(json),
        Err(_) => of_bytes(&bytes),
    };
    found.filter(|receipt| !receipt.submission.is_empty()).ok_or_else(unknown)
}

fn of_json(json: serde_json::Value) -> Option<Receipt> {
    let inner = json.get("receipt").cloned().unwrap_or(json);
    serde_json::from_value(inner).ok()
}

/// A receipt, or the response that holds it. Of two messages that bytes could be, that with a submission's name is meant.
fn of_bytes(bytes: &[u8]) -> Option<Receipt> {
    let submitted = || match SubmitMonthResponse::decode(bytes).ok()?.outcome? {
        submit_month_response::Outcome::Receipt(receipt) => Some(receipt),
        _ => None,
    };
    let acknowledged = || match AcknowledgeSubmissionResponse::decode(bytes).ok()?.outcome? {
        acknowledge_submission_response::Outcome::Receipt(receipt) => Some(receipt),
        _ => None,
    };
    let named = |receipt: &Receipt| receipt.submission.starts_with("regions/");
    let whole = Receipt::decode(bytes).ok().filter(named);
    whole.or_else(|| submitted().filter(named)).or_else(|| acknowledged().filter(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_in_every_form() {
        let receipt = Receipt { submission: "regions/210922/submissions/2024-12.1".into(), ..Receipt::default() };
        let response = SubmitMonthResponse { outcome: Some(submit_month_response::Outcome::Receipt(receipt.clone())) };

        assert_eq!(of_bytes(&receipt.encode_to_vec()).as_ref(), Some(&receipt));
        assert_eq!(of_bytes(&response.encode_to_vec()).as_ref(), Some(&receipt));
        assert_eq!(of_json(serde_json::to_value(&receipt).unwrap()).as_ref(), Some(&receipt));
        assert_eq!(of_json(serde_json::to_value(&response).unwrap()).as_ref(), Some(&receipt));
        assert_eq!(of_bytes(b"\xff"), None);
    }
}
