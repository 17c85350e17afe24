//! `junheng report`: the report on a county's month, by the report service.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::NATIONAL_DEFAULT,
};
use junheng_proto::reporting::v1::{RenderCountyReportRequest, ReportFormat};
use junheng_wire::name;

use crate::{args, failure::Failure, files, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng report 210922 --month 2024-12 -o 报告.docx                格式由扩展名决定：docx、html、md、xlsx
  junheng report 210922 --month 2024-12 -o 申报表.xlsx               xlsx 为申报表（表Ⅰ至表Ⅵ）
  junheng report 210922 --month 2024-12 --format md                写到标准输出
  junheng report 219121 --month 2024-12 --standard national-basic-2012 -o 基本均衡.html
                                                                   演示数据中只有该县同时施行基本均衡标准

这样得到的都是草稿，未签发；签发并存档用 junheng reports issue，加 --json 所给的内容依据摘要（inputsDigest）可保证签发的就是审阅过的那一份。
只有该县该月现行的标准才有已存的评估和报告。现行标准用 junheng standards in-force list 查看，用 in-force set 施行；
施行后已报送的月份自动评估。几份标准并行的，每份都要施行。不存入系统、只试算时用 junheng evaluate --standard。";

/// Arguments of `junheng report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
    standard: String,
    #[arg(
        long,
        value_enum,
        help = "格式：Word 文档、网页、Markdown 或申报表工作簿；不给出时由文件扩展名决定，否则为网页"
    )]
    format: Option<Format>,
    #[arg(short, long, value_name = "FILE", help = "写入文件；不给出时写到标准输出")]
    output: Option<PathBuf>,
    #[arg(long, requires = "output", help = "输出 JSON（protobuf 的规范形式），不含报告本身，其中有内容依据摘要")]
    json: bool,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
}

/// Format of a report.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Docx,
    Html,
    Md,
    Xlsx,
}

impl Format {
    /// The format that a file's ending names.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Self::from_str(path.extension()?.to_str()?, true).ok()
    }

    /// As the service is asked for it.
    pub(crate) const fn encode(self) -> ReportFormat {
        match self {
            Self::Docx => ReportFormat::Docx,
            Self::Html => ReportFormat::Html,
            Self::Md => ReportFormat::Markdown,
            Self::Xlsx => ReportFormat::Xlsx,
        }
    }
}

/// What to do where there is no evaluation to report on.
fn unjudged(county: &RegionCode, month: Month, standard: &str) -> String {
    format!(
        "{county} 的 {month} 没有按 {standard} 存入的评估，因而没有这份报告。可能的原因和办法：\n  \
         1. 该月尚未报送：junheng status {county} --month {month} 可查看；刚刚报送的，请稍后再试；\n  \
         2. 该标准在该县该月未施行：junheng standards in-force list {county} --month {month} 可查看；需要时施行，施行后自动评估：\n     \
         junheng standards in-force set {county} {standard} --from {month}\n     \
         （县、市、省任一级施行后，以离县最近一级施行的为准；要与现在的标准并行，现在的标准也须在同一级施行）"
    )
}

/// Gets the report and writes it.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let format = args.format.or_else(|| Format::of(args.output.as_deref()?)).unwrap_or(Format::Html);
    if matches!(format, Format::Docx | Format::Xlsx) && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("Word 文档、工作簿请用 -o 写入文件".to_owned()));
    }
    let request = RenderCountyReportRequest {
        evaluation: name::evaluation(&args.county, args.month, &args.standard),
        format: format.encode().into(),
    };
    let client = server::connect(&args.server).await?;
    let mut report = client.render_county_report(request).await.inspect_err(|error| {
        if error.reason() == Some("RESOURCE_MISSING") {
            output::tell(&unjudged(&args.county, args.month, &args.standard));
        }
    })?;
    let Some(path) = args.output else { return output::print_bytes(&report.content) };
    files::write(&path, &report.content)?;
    output::tell(&format!("报告已写入 {}（草稿，未签发）", path.display()));
    if args.json {
        // It stands in the file.
        report.content.clear();
        output::print(&serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}
