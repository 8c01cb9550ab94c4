"""Vectors of the E-model: published values, and values worked out of its formulas to the digits that are given here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Vectors:
    """One table of vectors.

    Attributes:
        expression: SQL; `{0}`, `{1}`, ... are a row's first numbers.
        rows: rows of numbers, parted by semicolons; the last number is what is expected.
        tolerance: largest difference, in the expression's unit: half of the last digit given, unless said otherwise.
    """

    name: str
    expression: str
    rows: str
    tolerance: float = 5e-5

    def each(self) -> Iterator[tuple[str, float]]:
        """Yield the SQL of each row and what it gives."""
        for row in self.rows.split(";"):
            *given, expected = row.split()
            yield self.expression.format(*given), float(expected)


def _loss(scale: str, ie: str, bpl: str, delay_ms: str = "0", burst: str = "1") -> str:
    """Return the SQL of the rating under a loss of `{0}` percent."""
    return f"rtc_r_v1('{scale}', {{0}} / 100, {delay_ms}, {burst}, {ie}, {bpl})"


def _opus(form: str, kbps: str, percent: int) -> str:
    """Return the SQL of the rating of a row for Opus in the codec table, under loss."""
    row = f"arrayFirst(c -> c.codec = 'opus' AND c.form = '{form}' AND c.kbps = {kbps}, rtc_codecs_v1())"
    return f"rtc_r_v1({row}.scale, {percent} / 100, 0, 1, {row}.ie, {row}.bpl)"


def _evs(percent: int) -> str:
    """Return the SQL of the rating of EVS at `{0}` kbit/s, under loss."""
    row = "arrayFirst(c -> c.codec = 'evs' AND c.kbps = {0}, rtc_codecs_v1())"
    return f"rtc_r_v1('FB', {percent} / 100, 0, 1, {row}.ie, {row}.bpl)"


def _mos(scale: str, rating: str) -> str:
    return f"rtc_mos_v1('{scale}', {rating})"


_EVS: Final = {
    0: (
        "48 137.8; 32 139.3; 24.4 140.8; 16.4 137.2; 13.2 130.9; 9.6 125.3",
        "48 4.4075; 32 4.4264; 24.4 4.4436; 16.4 4.3995; 13.2 4.2991; 9.6 4.1873",
    ),
    1: (
        "48 126.3094; 32 127.3291; 24.4 130.7355; 16.4 126.4743; 13.2 121.8528; 9.6 117.4929",
        "48 4.2089; 32 4.2301; 24.4 4.2961; 16.4 4.2124; 13.2 4.1090; 9.6 4.0006",
    ),
    2: (
        "48 116.8; 32 117.477; 24.4 122.1731; 16.4 117.4927; 13.2 114.1263; 9.6 110.7267",
        "48 3.9825; 32 4.0002; 24.4 4.1166; 16.4 4.0006; 13.2 3.9103; 9.6 3.8139",
    ),
    5: (
        "48 96.0877; 32 96.1881; 24.4 102.7512; 16.4 97.5922; 13.2 96.4988; 9.6 94.9389",
        "48 3.3508; 32 3.3542; 24.4 3.5700; 16.4 3.4013; 13.2 3.3647; 9.6 3.3120",
    ),
    10: (
        "48 75.6571; 32 75.414; 24.4 82.4822; 16.4 77.4956; 13.2 77.9507; 9.6 77.7783",
        "48 2.6339; 32 2.6252; 24.4 2.8769; 16.4 2.6993; 13.2 2.7155; 9.6 2.7094",
    ),
}

VECTORS: Final = (
    Vectors("G.107 defaults, R", "rtc_r_v1('NB', {0}, 0, NULL, 0, 4.3)", "0 93.2"),
    Vectors("G.107 defaults, MOS", "rtc_mos_v1('NB', {0})", "93.2 4.409286; 93.206208 4.409406", 5e-7),
    Vectors(
        "G.107 Table B.1, MOS (as printed)",
        "rtc_mos_v1('NB', {0})",
        "90 4.34; 80 4.03; 70 3.60; 60 3.10; 50 2.58",
        0.01,
    ),
    Vectors(
        "G.107 Annex B, R to MOS",
        "rtc_mos_v1('NB', {0})",
        "100 4.5; 95 4.4414; 90 4.3390; 80 4.0240; 70 3.5970; 60 3.1; 50 2.5750; 40 2.0640; 30 1.6090; 20 1.2520;"
        "10 1.0350; 6.5 1; 5 1; 0 1; -20 1; 120 4.5",
    ),
    Vectors(
        "G.107 Appendix I, MOS of R",
        "rtc_mos_v1('NB', {0})",
        "6.5153 1.0; 27.2688 1.5; 38.6837 2.0; 50.0952 2.58; 60 3.1; 70.0640 3.6; 80.1591 4.03; 90.0409 4.34;"
        "93.2370 4.41; 100 4.5",
    ),
    Vectors(
        "G.107 delay, Idd",
        "rtc_delay_impairment_v1({0}, 1, 100)",
        "0 0; 100 0; 120 .0014; 150 .1635; 177.3 1.1721; 200 3.0444; 250 8.9167; 300 14.7607; 350 19.8113;"
        "400 24.0701; 500 30.6359; 600 35.2468; 800 40.8325; 1000 43.7896",
    ),
    Vectors(
        "G.107 delay, Idd of low sensitivity",
        "rtc_delay_impairment_v1({0}, 0.55, 120)",
        "120 0; 150 .1641; 177.3 .993; 200 2.253; 250 6.0582; 300 10.0942; 350 13.7445; 400 16.8945; 500 21.8751;"
        "600 25.5426; 800 30.4757; 1000 33.5979",
    ),
    Vectors(
        "G.107 delay, Idd of very low sensitivity",
        "rtc_delay_impairment_v1({0}, 0.4, 150)",
        "150 0; 177.3 .2663; 200 .9498; 250 3.3771; 300 6.1786; 350 8.8329; 400 11.1972; 500 15.067; 600 18.0311;"
        "800 22.2207; 1000 25.0402",
    ),
    Vectors(
        "G.107 delay, R",
        "rtc_r_v1('NB', 0, {0}, 1, 0, 25.1)",
        "120 93.1986; 150 93.0365; 177.3 92.0279; 200 90.1556; 250 84.2833; 300 78.4393; 350 73.3887; 400 69.1299;"
        "500 62.5641; 600 57.9532; 800 52.3675; 1000 49.4104",
    ),
    Vectors(
        "G.107 delay, MOS",
        _mos("NB", "rtc_r_v1('NB', 0, {0}, 1, 0, 25.1)"),
        "120 4.4093; 150 4.4061; 177.3 4.3855; 200 4.3428; 250 4.1751; 300 3.9637; 350 3.7516; 400 3.5559;"
        "500 3.2318; 600 2.9934; 800 2.6996; 1000 2.5441",
    ),
    Vectors(
        "G.107.2 delay, Idd",
        "148 - rtc_r_v1('FB', 0, {0}, 1, 0, 10)",
        "100 0; 120 .002; 150 .242; 177.3 1.7346; 200 4.5057; 250 13.1967; 300 21.8458; 350 29.3208; 400 35.6237;"
        "500 45.3412; 600 52.1653; 800 60.4321; 1000 64.8086",
    ),
    Vectors(
        "G.107 loss, Ie,eff of G.711 without PLC",
        f"93.2 - {_loss('NB', '0', '4.3')}",
        "0 0; 1 17.9245; 2 30.1587; 3 39.0411; 5 51.0753; 10 66.4336; 20 78.1893",
    ),
    Vectors(
        "G.107 loss, MOS of G.711 without PLC",
        _mos("NB", _loss("NB", "0", "4.3")),
        "0 4.4093; 1 3.8337; 2 3.2560; 3 2.7940; 5 2.1693; 10 1.4808; 20 1.1236",
    ),
    Vectors(
        "G.107 loss, R of G.711 with PLC",
        _loss("NB", "0", "25.1"),
        "0 93.2; 1 89.5602; 2 86.1889; 3 83.0577; 5 77.4193; 10 66.1345; 20 51.0714",
    ),
    Vectors(
        "G.107 loss, MOS of G.711 with PLC",
        _mos("NB", _loss("NB", "0", "25.1")),
        "0 4.4093; 1 4.3281; 2 4.2348; 3 4.1341; 5 3.9228; 10 3.4109; 20 2.6313",
    ),
    Vectors(
        "G.107 loss, R of G.729A + VAD",
        _loss("NB", "11", "19"),
        "0 82.2; 1 78; 2 74.2; 3 70.7455; 5 64.7; 10 53.2345; 20 39.1231",
    ),
    Vectors(
        "G.107 loss, MOS of G.729A + VAD",
        _mos("NB", _loss("NB", "11", "19")),
        "0 4.1044; 1 3.9462; 2 3.7873; 3 3.6318; 5 3.3396; 10 2.7453; 20 2.0213",
    ),
    Vectors(
        "G.107 loss, Ie,eff of G.723.1 + VAD",
        f"93.2 - {_loss('NB', '15', '16.1')}",
        "0 15; 1 19.6784; 2 23.8398; 3 27.5654; 5 33.9573; 10 45.6513; 20 59.3213",
    ),
    Vectors(
        "G.107 loss, Ie,eff of GSM-EFR",
        f"93.2 - {_loss('NB', '5', '10')}",
        "0 5; 1 13.1818; 2 20; 3 25.7692; 5 35; 10 50; 20 65",
    ),
    Vectors(
        "G.107 bursts, Ie,eff of G.711 with PLC",
        "93.2 - rtc_r_v1('NB', {1} / 100, 0, {0}, 0, 25.1)",
        "2 1 3.7109; 2 2 7.2797; 2 5 17.2101; 4 1 3.7475; 4 2 7.4219; 4 5 18.0266; 8 1 3.7661; 8 2 7.4951; 8 5 18.4645",
    ),
    Vectors(
        "G.107 BurstR of two Markov states",
        "rtc_burst_ratio_v1(1 / {1}, {0} / ({0} + {1}))",
        ".01 .5 1.9608; .05 .5 1.8182; .02 .3 3.125; .02 .98 1",
    ),
    Vectors("G.107 loss and delay, R of G.711 with PLC", _loss("NB", "0", "25.1", delay_ms="200"), "2 83.1445"),
    Vectors(
        "G.107.1 codec, MOS",
        _mos("WB", "rtc_r_v1('WB', 0, 0, 1, {0}, 4.3)"),
        "0 4.5; 1 4.4940; 3 4.4785; 5 4.4586; 7 4.4343; 8 4.4206; 10 4.3901; 13 4.3371; 20 4.1820; 26 4.0181;"
        "41 3.5123; 56 2.9220",
    ),
    Vectors("G.107.1 loss, R of AMR-WB 12.65", _loss("WB", "20", "4.3", burst="4"), "1 94.8491; 2 85.1905; 5 68.6774"),
    Vectors("G.107.1 loss, MOS of AMR-WB 12.65", _mos("WB", _loss("WB", "20", "4.3")), "1 3.7577; 2 3.4062; 5 2.7455"),
    Vectors(
        "G.107.1 loss, MOS of AMR-WB 23.05",
        _mos("WB", _loss("WB", "8", "4.6")),
        ".5 4.2641; 1 4.0886; 2 3.7504; 3 3.4620; 5 3.0310",
    ),
    *(Vectors(f"G.107.2 EVS at {loss} % loss, R", _evs(loss), rows[0]) for loss, rows in _EVS.items()),
    *(Vectors(f"G.107.2 EVS at {loss} % loss, MOS", _mos("FB", _evs(loss)), rows[1]) for loss, rows in _EVS.items()),
    Vectors(
        "G.107.2 delay, R of EVS 24.4",
        "rtc_r_v1('FB', 0, {0}, 1, 7.2, 11.4)",
        "150 140.558; 200 136.2943; 300 118.9542; 400 105.1763",
    ),
    Vectors(
        "G.107.2 delay and loss, MOS of EVS 24.4",
        _mos("FB", "rtc_r_v1('FB', {1} / 100, {0}, 1, 7.2, 11.4)"),
        "150 0 4.4409; 200 0 4.3868; 300 0 4.0381; 400 0 3.6465;150 1 4.2917; 200 1 4.2073; 300 1 3.7598; 400 1 3.3178",
    ),
    Vectors(
        "G.107.2 loss, MOS of Ie 10.2, Bpl 4.3",
        _mos("FB", _loss("FB", "10.2", "4.3")),
        "0 4.4075; 1 3.9294; 2 3.4525; 5 2.5154; 10 1.8525",
    ),
    Vectors("Opus 25k, R", _opus("SWB VBR", "25", 0) + " + {0}", "0 127.791"),
    Vectors("Opus 25k at 2 % loss, R", _opus("SWB VBR", "25", 2) + " + {0}", "0 110.955", 5e-4),
    Vectors("Opus SWB VBR, MOS", _mos("FB", _opus("SWB VBR", "{0}", 0)), "25 4.2395; 40 4.4013"),
    Vectors("Opus SWB VBR at 2 % loss, MOS", _mos("FB", _opus("SWB VBR", "{0}", 2)), "25 3.8206; 40 3.9812"),
    Vectors("Opus WB VBR, MOS", _mos("WB", _opus("WB VBR", "{0}", 0)), "13 4.1830"),
    Vectors("Opus WB VBR at 2 % loss, MOS", _mos("WB", _opus("WB VBR", "{0}", 2)), "13 3.9901"),
    Vectors("Opus NB CBR, MOS", _mos("NB", _opus("NB CBR", "{0}", 0)), "11 4.3666"),
    Vectors("Opus NB CBR at 2 % loss, MOS", _mos("NB", _opus("NB CBR", "{0}", 2)), "11 4.0543"),
)
