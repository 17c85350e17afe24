//! `junheng reports`: issues reports, and lists and gets what was issued.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::NATIONAL_DEFAULT,
};
use junheng_proto::reporting::v1::{GetReportRequest, IssueReportRequest, ListReportsRequest, Report};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, files, output, pages, report::Format, request_id, server, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng reports issue 210922 --month 2024-12 --format docx          签发自查报告并存档
  junheng reports issue 210922 --month 2024-12 --format xlsx --inputs 摘要
                                                                      只签发审阅过的那一份（摘要由 junheng report 告知）
  junheng reports list 210922 --month 2024-12                         该县该月已签发的报告
  junheng reports get regions/210922/reports/7 -o 报告.docx           取回已签发的报告，逐字节与签发时相同

已签发的报告不再改动；数据更正后需要新的报告时，另行签发。";

/// Arguments of `junheng reports`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with reports.
#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "签发一份报告并存档")]
    Issue {
        #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
        county: RegionCode,
        #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
        month: Month,
        #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
        standard: String,
        #[arg(long, value_enum, default_value = "docx", help = "格式；xlsx 为申报表")]
        format: Format,
        #[arg(long, value_name = "DIGEST", help = "审阅过的草稿的内容依据摘要；数据有变化时不签发")]
        inputs: Option<String>,
        #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
        request_id: Option<String>,
        #[command(flatten)]
        from: From,
    },
    #[command(about = "列出一个县已签发的报告")]
    List {
        #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
        county: RegionCode,
        #[arg(long, value_parser = args::month, help = "只列这个月，如 2024-12")]
        month: Option<Month>,
        #[command(flatten)]
        from: From,
    },
    #[command(about = "取回一份已签发的报告")]
    Get {
        #[arg(help = "报告，如 regions/210922/reports/7")]
        name: String,
        #[arg(short, long, value_name = "FILE", help = "写入哪个文件 [默认：签发时的文件名]")]
        output: Option<PathBuf>,
        #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
        server: String,
    },
}

/// Whom to ask, and in what form to answer.
#[derive(Debug, clap::Args)]
struct From {
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Asks and prints.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Issue { county, month, standard, format, inputs, request_id, from } => {
            let request_id = request_id::or_new(request_id);
            let request = IssueReportRequest {
                evaluation: name::evaluation(&county, month, &standard),
                format: format.encode().into(),
                inputs_digest: inputs.unwrap_or_default(),
                request_id: request_id.clone(),
            };
            let issued = server::connect(&from.server).await?.issue_report(request).await;
            let issued = issued.inspect_err(|error| request_id::advise(error, &request_id))?;
            let report = issued.report.unwrap_or_default();
            output::print(&if from.json { serde_json::to_string_pretty(&report)? } else { text(&report) })
        }
        What::List { county, month, from } => list(&county, month, &from).await,
        What::Get { name, output, server } => {
            let issued = server::connect(&server).await?.get_report(GetReportRequest { name }).await?;
            // Only the last part of what the service calls it: a name, never a path.
            let named = Path::new(&issued.report.file_name).file_name().unwrap_or("report".as_ref());
            let path = output.unwrap_or_else(|| PathBuf::from(named));
            files::write(&path, &issued.content)?;
            output::tell(&format!("已写入 {}：{}", path.display(), text(&issued.report)));
            Ok(())
        }
    }
}

async fn list(county: &RegionCode, month: Option<Month>, from: &From) -> Result<(), Failure> {
    let client = server::connect(&from.server).await?;
    let request = ListReportsRequest {
        parent: name::region(county),
        month: month.map(|month| month.to_string()).unwrap_or_default(),
        page_size: pages::SIZE,
        ..ListReportsRequest::default()
    };
    let all = pages::all(async |page_token| {
        let page = client.list_reports(ListReportsRequest { page_token, ..request.clone() }).await?;
        Ok((page.reports, page.next_page_token))
    })
    .await?;
    if from.json {
        return output::print(&serde_json::to_string_pretty(&all)?);
    }
    if all.is_empty() {
        return output::print("没有已签发的报告");
    }
    let mut table = Table::new(["报告", "月份", "文件名", "版", "签发时间", "签发人", "字节"], &[3, 6]);
    for one in &all {
        table.row([
            one.name.clone(),
            one.month.clone(),
            one.file_name.clone(),
            one.revision.map(|revision| revision.to_string()).unwrap_or_default(),
            when(one),
            one.issued_by.clone(),
            one.byte_count.unwrap_or_default().to_string(),
        ]);
    }
    output::print(&table.lines("").join("\n"))
}

fn text(report: &Report) -> String {
    format!("{} 已签发（{}），{}，SHA-256 {}", report.name, when(report), report.file_name, report.digest)
}

/// When it was issued, by the clock of Asia/Shanghai.
fn when(report: &Report) -> String {
    let at = report.issued_at.as_ref().and_then(time::decode);
    at.map(output::instant).unwrap_or_default()
}
