//! `junheng audit verify`: finds what was altered, removed, reordered or cut off.

use std::path::{Path, PathBuf};

use junheng_audit::{
    key_file,
    verify::{self, Report},
};
use junheng_proto::reporting::v1::{AuditHead, GetAuditHeadResponse};
use junheng_runtime::Config;
use junheng_seal::{
    chain::{Fault, FaultKind},
    head::{Head, Signed},
    key::{PublicKey, SignatureError},
};
use junheng_store::Store;
use junheng_wire::audit;

use super::export;
use crate::{
    database::{self, Chosen},
    failure::Failure,
    files::File,
    output,
};

/// Arguments of `junheng audit verify`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(long, value_name = "FILE", help = "存在别处的头，可以多次给出")]
    head: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", help = "公钥文件，可以多次给出；不给出时用签名密钥旁边的公钥")]
    public_key: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", help = "核对 junheng audit export 导出的文件，不打开数据库")]
    records: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
}

/// Verifies, and tells what is wrong.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let given = args.head.iter().map(|path| read_head(path)).collect::<Result<Vec<_>, _>>()?;
    let report = if let Some(records) = &args.records {
        let keys = key_file::load_public(&args.public_key)?;
        warn_of_missing(&keys);
        let exported = export::read(records)?;
        let heads = [exported.heads, given].concat();
        verify::verify_exported(&exported.records, &exported.checkpoints, &heads, &keys)
    } else {
        let (store, config) = args.chosen.open().await?;
        let keys = keys(&args.public_key, &config)?;
        let report = verified(&store, &keys, &given).await?;
        store.close().await?;
        report
    };
    tell(&report)
}

/// Verifies a database.
pub(crate) async fn verified(store: &Store, keys: &[PublicKey], given: &[Signed<Head>]) -> Result<Report, Failure> {
    warn_of_missing(keys);
    Ok(verify::verify(store, keys, given).await?)
}

/// The keys that were given, or that beside the signing key.
pub(crate) fn keys(given: &[PathBuf], config: &Config) -> Result<Vec<PublicKey>, Failure> {
    if !given.is_empty() {
        return Ok(key_file::load_public(given)?);
    }
    let beside = database::signing_key(config).map(|path| key_file::public_path(&path)).filter(|path| path.exists());
    Ok(beside.map(|path| key_file::load_public(&[path])).transpose()?.unwrap_or_default())
}

/// Prints what was found; a failure when anything was.
pub(crate) fn tell(report: &Report) -> Result<(), Failure> {
    let Report { stream_count, record_count, head_count, faults, signatures } = report;
    if *head_count == 0 {
        output::tell("注意：没有签名的头可以对照，末尾被截断、整条链被重写的，无从发现");
    }
    for (what, error) in signatures {
        output::print(&format!("{what}：{}", signature(error)))?;
    }
    for fault in faults {
        output::print(&fault_line(fault))?;
    }
    let counted = format!("{stream_count}条链、{record_count}条记录，对照{head_count}份头");
    if report.sound() {
        return output::print(&format!("审计记录完好：{counted}"));
    }
    let count = faults.len() + signatures.len();
    Err(Failure::Refused(format!("审计记录有{count}处问题（{counted}）")))
}

fn warn_of_missing(keys: &[PublicKey]) {
    if keys.is_empty() {
        output::tell("注意：没有给出公钥，头和检查点的签名没有核对");
    }
}

fn read_head(path: &Path) -> Result<Signed<Head>, Failure> {
    let bytes = File::read(path)?.bytes;
    let head: Option<AuditHead> = serde_json::from_slice(&bytes).ok().or_else(|| {
        let response: GetAuditHeadResponse = serde_json::from_slice(&bytes).ok()?;
        response.head
    });
    let unknown = || Failure::Refused(format!("文件 {} 不是审计的头", path.display()));
    head.as_ref().and_then(audit::decode_head).ok_or_else(unknown)
}

fn fault_line(fault: &Fault) -> String {
    let what = match fault.kind {
        FaultKind::Altered { sequence } => format!("第{sequence}条被改动"),
        FaultKind::Removed { first, last } => format!("第{first}条至第{last}条被删除"),
        FaultKind::OutOfOrder { sequence } => format!("第{sequence}条次序不对，或有重复"),
        FaultKind::Unlinked { sequence } => format!("第{sequence}条与前一条不相接，其中一条被替换"),
        FaultKind::Rewritten { first, last } => format!("第{first}条至第{last}条之间被改写，其后的摘要经重新计算"),
        FaultKind::Truncated { first, last } => format!("末尾第{first}条至第{last}条被截去"),
        FaultKind::Backdated { sequence } => format!("第{sequence}条是后来插入的，所写时间更早"),
        FaultKind::Unchained => "第1条所记的、成链以前的记录被改动或删除".to_owned(),
    };
    format!("{}：{what}", fault.stream)
}

/// Why a signature does not count.
pub(crate) fn signature(error: &SignatureError) -> String {
    match error {
        SignatureError::Missing => "没有签名".to_owned(),
        SignatureError::UnknownKey(id) => format!("签名的密钥 {id} 不在所给公钥之中"),
        SignatureError::Wrong => "签名不符：内容被改动，或签名系伪造".to_owned(),
    }
}
