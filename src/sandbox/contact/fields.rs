//! A contact in a request body.

use std::borrow::Cow;

use serde::Deserialize;

/// A contact in a request body. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(in crate::sandbox) struct Fields<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub first_name: Cow<'a, str>,
    #[serde(borrow)]
    pub last_name: Cow<'a, str>,
    #[serde(borrow)]
    pub full_name: Cow<'a, str>,
    #[serde(borrow)]
    pub salutation: Cow<'a, str>,
    #[serde(borrow)]
    pub cell_phone: Phone<'a>,
}

/// `cellPhone` in a request body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(in crate::sandbox) struct Phone<'a> {
    #[serde(borrow)]
    pub extension: Cow<'a, str>,
    #[serde(borrow, rename = "phoneNumber")]
    pub number: Cow<'a, str>,
    #[serde(borrow)]
    pub country_code: Cow<'a, str>,
}

impl Fields<'_> {
    /// Whether everything is there that the page calls required, the number all digits.
    pub(in crate::sandbox) fn are_complete(&self) -> bool {
        let phone = &self.cell_phone;
        [&self.first_name, &self.last_name, &self.salutation, &phone.extension, &phone.country_code]
            .iter()
            .all(|field| !field.is_empty())
            && phone.is_numeric()
    }

    /// `fullName`, made of the two names where it was not given.
    pub(in crate::sandbox) fn name(&self) -> Cow<'_, str> {
        if self.full_name.is_empty() {
            Cow::Owned(format!("{} {}", self.first_name, self.last_name))
        } else {
            Cow::Borrowed(&self.full_name)
        }
    }
}

impl Phone<'_> {
    fn is_numeric(&self) -> bool {
        !self.number.is_empty() && self.number.bytes().all(|b| b.is_ascii_digit())
    }

    /// The number as it is stored: without a country code in front, which answers have and bodies must not.
    pub(in crate::sandbox) fn national(&self) -> &str {
        let code = self.country_code.trim_start_matches('+');
        let international = self.number.strip_prefix('+');
        international.and_then(|number| number.strip_prefix(code)).unwrap_or(&self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_loses_only_its_own_country_code() {
        let national = |number: &str, code: &str| {
            let phone =
                Phone { number: number.into(), country_code: code.into(), ..Phone::default() };
            phone.national().to_owned()
        };
        assert_eq!(national("+912445600000", "+91"), "2445600000");
        assert_eq!(national("+912445600000", "91"), "2445600000");
        assert_eq!(national("912445600000", "+91"), "912445600000");
        assert_eq!(national("+442445600000", "+91"), "+442445600000");
    }
}
