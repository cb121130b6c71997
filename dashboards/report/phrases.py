"""The report's words in Indonesian and in English."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """In which the report can be read."""

    id = "id"
    en = "en"


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same in each language, with the same `{places}`."""

    id: str
    en: str


PHRASES: Final[dict[str, Phrase]] = {
    "title": Phrase("Laporan penonton", "Audience report"),
    "zone": Phrase("Hari menurut zona waktu {zone}", "Days of the time zone {zone}"),
    "zone_starts": Phrase(
        "Hari menurut zona waktu {zone}, mulai pukul {hour}",
        "Days of the time zone {zone}, beginning at {hour}",
    ),
    "made": Phrase("dibuat {time}", "made {time}"),
    "against": Phrase("Pembanding: {period}", "Compared with {period}"),
    "audience": Phrase("Penonton", "Audience"),
    "downloads": Phrase("Unduhan aplikasi", "Downloads of the app"),
    "days": Phrase("Hari demi hari", "Day by day"),
    "by_channel": Phrase("Per saluran dan jenis", "By channel and kind"),
    "notes": Phrase("Cara membaca angka ini", "How to read these numbers"),
    "any": Phrase("semua saluran", "any channel"),
    "kind": Phrase("semua saluran jenis {kind}", "any channel of kind {kind}"),
    "google-play": Phrase("Google Play", "Google Play"),
    "app-store": Phrase("App Store", "App Store"),
    "average_reach": Phrase("Rata-rata jangkauan per hari", "Average reach a day"),
    "average_reach_says": Phrase(
        "jumlah perangkat berbeda yang menonton dalam satu hari, dirata-ratakan per hari",
        "number of different devices that watched in one day, averaged over the days",
    ),
    "highest_reach": Phrase("Jangkauan harian tertinggi", "Highest reach of a day"),
    "highest_reach_says": Phrase(
        "jumlah perangkat berbeda terbanyak dalam satu hari",
        "highest number of different devices in one day",
    ),
    "highest_peak_viewers": Phrase("Puncak penonton tertinggi", "Highest peak of viewers"),
    "highest_peak_viewers_says": Phrase(
        "perangkat terbanyak yang menonton pada detik yang sama",
        "most devices watching at the same second",
    ),
    "average_viewers": Phrase("Rata-rata penonton serentak", "Average concurrent viewers"),
    "average_viewers_says": Phrase(
        "perangkat yang menonton pada satu detik, dirata-ratakan atas semua detik",
        "devices watching at one second, averaged over all seconds",
    ),
    "watch_hours": Phrase("Jam tonton", "Watch hours"),
    "watch_hours_says": Phrase(
        "lama menonton semua perangkat, dijumlahkan",
        "time watched on all devices, added up",
    ),
    "new_downloads": Phrase("Unduhan baru", "New downloads"),
    "new_downloads_says": Phrase(
        "unduhan pertama dalam periode ini", "first downloads in this period"
    ),
    "total_downloads": Phrase("Total unduhan", "Total downloads"),
    "total_downloads_says": Phrase(
        "unduhan pertama sejak {since} sampai akhir periode",
        "first downloads from {since} to the period's end",
    ),
    "redownloads": Phrase("Unduhan ulang", "Redownloads"),
    "redownloads_says": Phrase(
        "oleh yang pernah mengunduhnya; tidak termasuk unduhan",
        "by who had downloaded it before; not among the downloads",
    ),
    "updates": Phrase("Pembaruan", "Updates"),
    "updates_says": Phrase(
        "versi baru pada perangkat yang sudah punya; tidak termasuk unduhan",
        "a new version where it was installed; not among the downloads",
    ),
    "unknown": Phrase("tidak diketahui", "not known"),
    "known_of": Phrase("{known} dari {days} hari", "{known} of {days} days"),
    "all_days": Phrase("lengkap, {days} hari", "complete, {days} days"),
    "before": Phrase("sebelumnya {value}", "before {value}"),
    "before_of": Phrase(
        "sebelumnya {value} ({known} dari {days} hari)",
        "before {value} ({known} of {days} days)",
    ),
    "figure": Phrase("Angka", "Figure"),
    "of": Phrase("Dari", "Of"),
    "value": Phrase("Nilai", "Value"),
    "when": Phrase("Kapan", "When"),
    "known": Phrase("Hari yang diketahui", "Days known"),
    "period_before": Phrase("Periode sebelumnya", "Period before"),
    "change": Phrase("Perubahan", "Change"),
    "channel": Phrase("Saluran", "Channel"),
    "store": Phrase("Toko", "Store"),
    "day": Phrase("Hari", "Day"),
    "status": Phrase("Status", "Status"),
    "reach_column": Phrase("Jangkauan", "Reach"),
    "reach_column_says": Phrase("perangkat berbeda hari itu", "different devices that day"),
    "peak_column": Phrase("Puncak", "Peak"),
    "peak_column_says": Phrase("pada detik yang sama", "at the same second"),
    "peak_at": Phrase("Waktu puncak", "Time of the peak"),
    "average_column": Phrase("Rata-rata serentak", "Average concurrent"),
    "final": Phrase("final", "final"),
    "restated": Phrase("dikoreksi", "restated"),
    "provisional": Phrase("sementara", "provisional"),
    "missing": Phrase("tidak ada data", "missing"),
    "coming": Phrase("belum tiba", "to come"),
    "reach_chart": Phrase(
        "Jangkauan harian: perangkat berbeda dalam satu hari",
        "Reach of each day: different devices in one day",
    ),
    "peak_chart": Phrase(
        "Puncak harian: terbanyak menonton pada detik yang sama",
        "Peak of each day: most watching at the same second",
    ),
    "legend_settled": Phrase("final", "final"),
    "legend_provisional": Phrase("sementara, tidak ikut dihitung", "provisional, not counted in"),
    "legend_missing": Phrase("tidak diketahui (bukan nol)", "not known (not zero)"),
    "note_days_complete": Phrase(
        "Semua {days} hari dalam periode ini sudah final dan ikut dihitung.",
        "All {days} days of the period are final and counted in.",
    ),
    "note_days_known": Phrase(
        "Angka penonton berasal dari {known} dari {days} hari: yang sudah final. Hari lain tidak "
        "dianggap nol dan tidak ikut dirata-ratakan.",
        "Audience figures are of {known} of {days} days: those that are final. The others are not "
        "taken for zero and not averaged in.",
    ),
    "note_provisional": Phrase("Sementara: {days}.", "Provisional: {days}."),
    "note_missing": Phrase("Tanpa data: {days}.", "Missing: {days}."),
    "note_coming": Phrase("Belum tiba: {days}.", "Still to come: {days}."),
    "note_incomplete": Phrase(
        "Ikut dihitung, walau tidak semua laporan terdengar sepanjang hari: {days} dari detiknya.",
        "Counted in, although not everything was heard all day: {days} of the seconds.",
    ),
    "note_store_missing": Phrase(
        "{store}, {app}: hari dalam periode ini yang tidak disebut ekspor mana pun: {days}.",
        "{store}, {app}: days of the period that no export tells: {days}.",
    ),
    "note_store_total": Phrase(
        "{store}, {app}: dalam total tidak diketahui: {days}.",
        "{store}, {app}: not known in the total: {days}.",
    ),
    "note_stores": Phrase(
        "Unduhan memakai hari menurut toko ({zones}). Setiap toko menghitung dengan caranya "
        "sendiri, jadi unduhan antartoko tidak dijumlahkan.",
        "Downloads are by the stores' own days ({zones}). Each store counts in its own way, so "
        "downloads of different stores are not added up.",
    ),
    "note_no_downloads": Phrase(
        "Belum ada ekspor toko yang diimpor untuk periode ini.",
        "No store's export was imported for this period.",
    ),
    "note_devices": Phrase(
        "Penonton adalah perangkat, bukan orang. Jangkauan tidak boleh dijumlahkan antarhari atau "
        "antarsaluran: perangkat yang sama akan terhitung lagi.",
        "A viewer is a device, not a person. Reach must not be added over days or channels: the "
        "same device would count again.",
    ),
    "note_change": Phrase(
        "Perubahan jumlah dan nilai tertinggi hanya ditulis bila kedua periode lengkap.",
        "The change of a sum, and of a highest day, is only given when both periods are complete.",
    ),
    "note_definition": Phrase(
        "Dihitung menurut definisi versi {version}. Bukti perhitungan setiap angka: "
        "penonton explain HARI SALURAN.",
        "Counted by the definition, version {version}. The receipt of each figure: "
        "penonton explain DAY CHANNEL.",
    ),
    "note_receipts": Phrase(
        "Hari atau waktu yang berupa tautan membuka bukti perhitungannya (dalam bahasa Inggris).",
        "A day or a time that is a link opens its receipt.",
    ),
}


def phrase(language: Language, key: str, **values: object) -> str:
    """The words of `key` in a language, with `values` in their places."""
    found: str = getattr(PHRASES[key], language.value)
    return found.format(**values) if values else found
