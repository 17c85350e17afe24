//! `junheng audit export`: all records, for verifying them elsewhere.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use junheng_proto::reporting::v1::{AuditCheckpoint, AuditHead, AuditRecord};
use junheng_seal::{
    chain::Record,
    head::{Checkpoint, Head, Signed},
};
use junheng_store::audit::{self, Filter};
use junheng_wire::audit as wire;
use serde_json::json;

use crate::{database::Chosen, failure::Failure, output};

/// Records that are read at a time.
const PAGE: u32 = 1_000;
/// Heads that are exported, at most: a database keeps fewer.
const HEADS: u64 = 1_000;

/// Arguments of `junheng audit export`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(short, long, value_name = "FILE", help = "写到哪个文件")]
    output: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
}

/// What an export holds.
#[derive(Debug, Default)]
pub(super) struct Exported {
    pub(super) heads: Vec<Signed<Head>>,
    pub(super) checkpoints: Vec<Signed<Checkpoint>>,
    pub(super) records: Vec<Record>,
}

/// Exports one snapshot: heads, checkpoints and records, a JSON object a line.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let (store, _) = args.chosen.open().await?;
    let failed = |error: &std::io::Error| Failure::file("写入", &args.output, error);
    let mut file = BufWriter::new(crate::files::private(&args.output)?);
    let mut count = 0_usize;
    let reads = store.begin_read().await?;
    let heads = audit::find_heads(&reads, HEADS).await?;
    let checkpoints = audit::list_checkpoints(&reads).await?;
    let lines = heads.iter().map(|head| json!({ "head": wire::encode_head(head) }));
    let lines = lines.chain(checkpoints.iter().map(|one| json!({ "checkpoint": wire::encode_checkpoint(one) })));
    for line in lines {
        writeln!(file, "{line}").map_err(|error| failed(&error))?;
    }
    let mut after = None;
    loop {
        let page = audit::list_all(&reads, &Filter::default(), after.as_ref(), PAGE).await?;
        for record in &page {
            writeln!(file, "{}", json!({ "record": wire::encode(record) })).map_err(|error| failed(&error))?;
        }
        count += page.len();
        let Some(last) = page.last() else { break };
        after = Some((last.stream.clone(), last.sequence));
    }
    reads.finish().await?;
    file.flush().map_err(|error| failed(&error))?;
    store.close().await?;
    output::tell(&format!("已导出{count}条记录"));
    Ok(())
}

/// Reads an export, or JSON lines of `junheng audit list`.
pub(super) fn read(path: &Path) -> Result<Exported, Failure> {
    let bytes = crate::files::File::read(path)?.bytes;
    let text = String::from_utf8_lossy(&bytes);
    let mut exported = Exported::default();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let unknown = || Failure::Refused(format!("文件 {} 第{}行不是审计记录", path.display(), index + 1));
        let mut json: serde_json::Value = serde_json::from_str(line).map_err(|_| unknown())?;
        if let Some(head) = json.get_mut("head").map(serde_json::Value::take) {
            let head: AuditHead = serde_json::from_value(head).map_err(|_| unknown())?;
            exported.heads.push(wire::decode_head(&head).ok_or_else(unknown)?);
        } else if let Some(checkpoint) = json.get_mut("checkpoint").map(serde_json::Value::take) {
            let checkpoint: AuditCheckpoint = serde_json::from_value(checkpoint).map_err(|_| unknown())?;
            exported.checkpoints.push(wire::decode_checkpoint(&checkpoint).ok_or_else(unknown)?);
        } else {
            let record = json.get_mut("record").map(serde_json::Value::take).unwrap_or(json);
            let record: AuditRecord = serde_json::from_value(record).map_err(|_| unknown())?;
            exported.records.push(wire::decode(&record).ok_or_else(unknown)?);
        }
    }
    Ok(exported)
}
