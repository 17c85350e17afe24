//! Rows of table `school_periods`.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "school_periods")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_at_unix_ms: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_day: String,
    pub to_day: Option<String>,
    pub name: String,
    pub school_type: String,
    pub organiser_type: Option<i32>,
    pub urban_rural_code: Option<String>,
    pub education_group: Option<String>,
    pub group_role: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
