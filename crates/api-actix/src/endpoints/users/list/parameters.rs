//! The parameters of the user list: names, forms and limits. The domain defines their meaning.

use users_domain::model::{
    CountMode, CountryCode, Email, LengthUnit, MetadataFilter, OrderKey, PhoneDigits, SearchTerm,
    TagName, TimeRange, UserFilter, UserOrder, UserStatus, VendorData,
};

use crate::http::error::messages;
use crate::http::request::parameters::{Pairs, Reader, by_comma, message_of, time};

/// The most tags in one request.
pub(crate) const MAX_TAGS: usize = 10;
/// The most `vendor_data` in one request.
pub(crate) const MAX_VENDOR_DATA: usize = 100;
/// The total length of these `vendor_data`, in bytes; limited because cursors contain them.
pub(crate) const MAX_VENDOR_DATA_BYTES: usize = 8 * 1024;
/// The most metadata values in one request.
pub(crate) const MAX_METADATA_FILTERS: usize = 5;
/// The longest metadata key in a filter, in characters.
pub(crate) const MAX_METADATA_KEY_CHARACTERS: usize = 100;
/// The longest metadata value in a filter, in characters.
pub(crate) const MAX_METADATA_VALUE_CHARACTERS: usize = 200;
/// The prefix of metadata filters; the rest of the name is the key.
pub(crate) const METADATA_PREFIX: &str = "metadata.";

/// Which users a list contains, and their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selection {
    /// The order, if given.
    pub(super) order: Option<UserOrder>,
    /// The given filters; lists are sorted.
    pub(super) filter: UserFilter,
}

impl Selection {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { order: reader.one(&["ordering"], ordering), filter: filter(reader) }
    }

    /// The given order, or the default one.
    pub(super) fn order(&self) -> UserOrder {
        self.order.unwrap_or(match self.filter.search {
            Some(_) => UserOrder::BEST_MATCH,
            None => UserOrder::DEFAULT,
        })
    }

    /// The parameters in their canonical form, which [`Selection::read`] accepts again.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let UserFilter {
            statuses,
            search,
            vendor_data,
            email,
            phone,
            country,
            tags,
            metadata,
            created,
            updated,
            last_activity,
        } = &self.filter;
        // The order by match has no name: it is the default of a search.
        let order = self.order.filter(|order| *order != UserOrder::BEST_MATCH);
        let order = order.map(|order| {
            let sign = if order.descending { "-" } else { "" };
            format!("{sign}{}", order.key.as_str())
        });
        let mut pairs = Pairs::default();
        pairs.add("ordering", order);
        pairs.add("status", statuses.iter().map(|status| status.as_str()));
        pairs.add("search", search.as_ref().map(SearchTerm::given));
        pairs.add("vendor_data", vendor_data.iter().map(VendorData::as_str));
        pairs.add("email", email.as_ref().map(Email::as_str));
        pairs.add("phone", phone.as_ref().map(PhoneDigits::as_str));
        pairs.add("country", country.map(CountryCode::alpha_3));
        pairs.add("tag", tags.iter().map(TagName::as_str));
        for MetadataFilter { key, values } in metadata {
            pairs.add(&format!("{METADATA_PREFIX}{key}"), values);
        }
        for (name, range) in
            [("created", created), ("updated", updated), ("last_activity", last_activity)]
        {
            pairs.add(&format!("{name}_after"), range.from);
            pairs.add(&format!("{name}_before"), range.before);
        }
        pairs.0
    }
}

fn filter(reader: &mut Reader<'_>) -> UserFilter {
    let mut range = |after: &str, before: &str| TimeRange {
        from: reader.one(&[after], time),
        before: reader.one(&[before], time),
    };
    let created = range("created_after", "created_before");
    let updated = range("updated_after", "updated_before");
    let last_activity = range("last_activity_after", "last_activity_before");
    UserFilter {
        statuses: {
            let names = ["status", "statuses"];
            reader.several(&names, UserStatus::ALL.len(), by_comma, status)
        },
        search: reader.one(&["search"], search),
        vendor_data: vendor_data(reader),
        email: reader.one(&["email"], email),
        phone: reader.one(&["phone"], phone),
        country: reader.one(&["country", "country_code", "countries"], country),
        tags: reader.several(&["tag", "tags"], MAX_TAGS, |text| vec![text], tag),
        metadata: metadata(reader),
        created,
        updated,
        last_activity,
    }
}

fn vendor_data(reader: &mut Reader<'_>) -> Vec<VendorData> {
    let name = "vendor_data";
    let names = reader.several(
        &[name],
        MAX_VENDOR_DATA,
        |text| vec![text],
        |text| VendorData::parse(text).map_err(message_of),
    );
    let bytes: usize = names.iter().map(|name| name.as_str().len()).sum();
    if bytes > MAX_VENDOR_DATA_BYTES {
        reader.refuse(name, messages::too_long_together(MAX_VENDOR_DATA_BYTES));
    }
    names
}

fn metadata(reader: &mut Reader<'_>) -> Vec<MetadataFilter> {
    let filters = MetadataFilter::group(reader.prefixed(METADATA_PREFIX));
    let values: usize = filters.iter().map(|wanted| wanted.values.len()).sum();
    if values > MAX_METADATA_FILTERS {
        reader.refuse("metadata", messages::too_many(MAX_METADATA_FILTERS));
    }
    let is_too_long = |value: &String| value.chars().count() > MAX_METADATA_VALUE_CHARACTERS;
    for MetadataFilter { key, values } in &filters {
        if key.is_empty() || key.chars().count() > MAX_METADATA_KEY_CHARACTERS {
            let message = format!(
                "A metadata key to filter by has 1 to {MAX_METADATA_KEY_CHARACTERS} characters."
            );
            reader.refuse("metadata", message);
        } else if values.iter().any(is_too_long) {
            let name = format!("{METADATA_PREFIX}{key}");
            let max = MAX_METADATA_VALUE_CHARACTERS;
            reader.refuse(&name, messages::too_long(max, LengthUnit::Characters));
        }
    }
    filters
}

fn ordering(text: &str) -> Result<UserOrder, String> {
    UserOrder::parse(text).map_err(|_| {
        let keys = OrderKey::ALL.map(OrderKey::as_str).join(", ");
        format!("Invalid ordering. Valid options are: {keys}, each also with - in front")
    })
}

/// The values of the parameter `count`.
pub(crate) const COUNT_MODES: [(&str, CountMode); 4] = [
    ("capped", CountMode::Capped),
    ("none", CountMode::None),
    ("estimate", CountMode::Estimate),
    ("exact", CountMode::Exact),
];

pub(super) fn count_mode(text: &str) -> Result<CountMode, String> {
    let found = COUNT_MODES.iter().find(|(word, _)| *word == text);
    found.map(|(_, mode)| *mode).ok_or_else(|| {
        let words = COUNT_MODES.map(|(word, _)| word).join(", ");
        format!("Invalid count. Valid options are: {words}")
    })
}

fn status(text: &str) -> Result<UserStatus, String> {
    UserStatus::parse(text).map_err(|_| messages::INVALID_STATUS.to_owned())
}

fn search(text: &str) -> Result<SearchTerm, String> {
    SearchTerm::parse(text).map_err(message_of)
}

fn email(text: &str) -> Result<Email, String> {
    // A plus sign that was not percent-encoded arrives as a space, which no address has.
    Email::parse(text.replace(' ', "+")).map_err(message_of)
}

fn phone(text: &str) -> Result<PhoneDigits, String> {
    PhoneDigits::of(text).ok_or_else(|| messages::NOT_A_PHONE.to_owned())
}

fn country(text: &str) -> Result<CountryCode, String> {
    CountryCode::parse(text).map_err(message_of)
}

fn tag(text: &str) -> Result<TagName, String> {
    TagName::parse(text).map_err(message_of)
}
