//! `junheng bulletin`: the monthly bulletin of a region, by the report service.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use junheng_domain::{code::Month, standard::NATIONAL_DEFAULT};
use junheng_proto::reporting::v1::{RenderBulletinRequest, ReportFormat};
use junheng_wire::name;

use crate::{
    args,
    failure::Failure,
    files, output,
    overview::{Targets, targets},
    server,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng bulletin 210900 --month 2024-12 -o 通报.docx             格式由扩展名决定：docx、html、md
  junheng bulletin 210000 --month 2024-12 --targets 2025=60,2030=90,2035=100 -o 通报.docx
  junheng bulletin 210000 --month 2024-12 --format md             写到标准输出

通报只写数据表明的情况：报送、结论、变化和原因、排名、差距、待办。没有数据的县如实列出，不参加排名。";

/// Arguments of `junheng bulletin`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::region_or_nation, value_name = "REGION", help = "市或省的六位行政区划代码，或“全国”")]
    region: String,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
    standard: String,
    #[arg(long, value_name = "TARGETS", value_parser = targets, help = "各年度达标县占比目标，如 2025=60,2030=90,2035=100；不给出时用服务所设的")]
    targets: Option<Targets>,
    #[arg(long, value_enum, help = "格式：Word 文档、网页或 Markdown；不给出时由文件扩展名决定，否则为网页")]
    format: Option<Format>,
    #[arg(short, long, value_name = "FILE", help = "写入文件；不给出时写到标准输出")]
    output: Option<PathBuf>,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
}

/// Format of a bulletin; its tables are workbooks of their own (`junheng overview`).
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Docx,
    Html,
    Md,
}

impl Format {
    /// The format that a file's ending names.
    fn of(path: &Path) -> Option<Self> {
        Self::from_str(path.extension()?.to_str()?, true).ok()
    }

    /// As the service is asked for it.
    const fn encode(self) -> ReportFormat {
        match self {
            Self::Docx => ReportFormat::Docx,
            Self::Html => ReportFormat::Html,
            Self::Md => ReportFormat::Markdown,
        }
    }
}

/// Gets the bulletin and writes it.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let ending = args.output.as_deref().and_then(Path::extension);
    if args.format.is_none() && ending.is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
        return Err(Failure::Usage("通报没有工作簿；表格请用 junheng overview 导出".to_owned()));
    }
    let format = args.format.or_else(|| Format::of(args.output.as_deref()?)).unwrap_or(Format::Html);
    if matches!(format, Format::Docx) && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("Word 文档请用 -o 写入文件".to_owned()));
    }
    let request = RenderBulletinRequest {
        region: args.region,
        month: args.month.to_string(),
        standard: name::standard(&args.standard),
        format: format.encode().into(),
        targets: args.targets.map(|Targets(by_year)| by_year).unwrap_or_default(),
    };
    let bulletin = server::connect(&args.server).await?.render_bulletin(request).await?;
    let Some(path) = args.output else { return output::print_bytes(&bulletin.content) };
    files::write(&path, &bulletin.content)?;
    output::tell(&format!("通报已写入 {}", path.display()));
    Ok(())
}
