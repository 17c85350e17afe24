//! `junheng audit list`: asks the report service.

use jiff::{Timestamp, tz::Offset};
use junheng_proto::reporting::v1::{AuditKind, AuditRecord, ListAuditRecordsRequest};
use junheng_wire::time;

use crate::{args, failure::Failure, output, server};

/// Records that are asked for at a time.
const PAGE: i32 = 1_000;

/// Arguments of `junheng audit list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::region_or_nation, default_value = "全国", help = "区划代码，含其下各区划；全国：全部记录")]
    region: String,
    #[arg(long, value_enum, help = "只列改动，或只列查询和下载")]
    kind: Option<Kind>,
    #[arg(long, value_parser = args::instant, value_name = "TIME", help = "自这一时刻起")]
    from: Option<Timestamp>,
    #[arg(long, value_parser = args::instant, value_name = "TIME", help = "这一时刻以前")]
    before: Option<Timestamp>,
    #[arg(long, help = "只列这个用户的")]
    subject: Option<String>,
    #[arg(long, help = "只列这种操作，如 submit_month")]
    action: Option<String>,
    #[arg(long, value_name = "PREFIX", help = "只列名称以此开头的资源")]
    resource: Option<String>,
    #[arg(long, value_name = "ID", help = "只列这个请求编号的")]
    request_id: Option<String>,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
    #[arg(long, help = "每行输出一条 JSON（protobuf 的规范形式）")]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// 改动
    Changes,
    /// 查询、下载和被拒绝的请求
    Reads,
}

/// Asks page by page, and prints as it comes.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let kind = args.kind.map_or(AuditKind::Unspecified, |kind| match kind {
        Kind::Changes => AuditKind::Changes,
        Kind::Reads => AuditKind::Reads,
    });
    let mut request = ListAuditRecordsRequest {
        parent: args.region,
        kind: kind.into(),
        from_time: args.from.map(time::encode),
        before_time: args.before.map(time::encode),
        subject: args.subject.unwrap_or_default(),
        action: args.action.unwrap_or_default(),
        resource_prefix: args.resource.unwrap_or_default(),
        request_id: args.request_id.unwrap_or_default(),
        page_size: PAGE,
        page_token: String::new(),
    };
    loop {
        let page = client.list_audit_records(request.clone()).await?;
        for record in &page.records {
            output::print(&if args.json { serde_json::to_string(record)? } else { line(record) })?;
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(());
        }
    }
}

/// A record on a line: when, who, from where, what, on what, and what came of it.
fn line(record: &AuditRecord) -> String {
    let at = record.at.as_ref().and_then(time::decode);
    let at = at.map(|at| Offset::constant(8).to_datetime(at).to_string()).unwrap_or_default();
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let AuditRecord { subject, peer, action, resource, outcome, request_id, detail, .. } = record;
    [&at, subject, peer, action, resource, outcome, request_id, detail].map(|text| or_dash(text)).join("  ")
}
