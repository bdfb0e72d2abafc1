"""The languages of the interface: gettext catalogues, and which of them a visitor reads."""

from palabre.i18n.catalogues import LANGUAGES, Translations, best_language, translations

__all__ = ["LANGUAGES", "Translations", "best_language", "translations"]
