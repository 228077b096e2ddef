package io.streamrank.replay.plot;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.replay.plot.Plot.Point;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PlotTest {
    @Test
    void marksRoundNumbers() {
        assertThat(labels(new Axis(0.12, 0.47, false, 0, 100))).containsExactly("0.2", "0.3", "0.4");
        assertThat(labels(new Axis(-3, 12, false, 0, 100))).containsExactly("0", "5", "10");
        assertThat(labels(new Axis(0, 1_000_000, false, 0, 100))).contains("200,000", "1e+06");
        assertThat(labels(new Axis(3, 4_000, true, 0, 100))).containsExactly("10", "100", "1,000");
        assertThat(labels(new Axis(30, 300, true, 0, 100))).containsExactly("50", "100", "200");
        assertThat(labels(new Axis(110, 390, true, 0, 100))).containsExactly("200", "300");
    }

    @Test
    void aFlatLineStandsInTheMiddle() {
        Axis axis = Axis.around(new double[] {3, 3}, false, 0, 100);

        assertThat(axis.of(3)).isEqualTo(50);
    }

    @Test
    void pointsStandWhereTheirValuesAre() throws Exception {
        Document svg = parse(new Plot("t", "x", "y")
                .xRange(0, 10)
                .yRange(0, 1)
                .line("a", 0, false, List.of(new Point(0, 0), new Point(5, 0.5), new Point(10, 1)))
                .standalone());

        assertThat(((Element) svg.getElementsByTagName("polyline").item(0)).getAttribute("points"))
                .matches("64\\.0,328\\.0 382\\.0,\\d+\\.\\d 700\\.0,\\d+\\.\\d");
    }

    @Test
    void leavesOutWhatIsNoNumber() {
        String svg = new Plot("t", "x", "y")
                .logarithmicX()
                .line(
                        "a",
                        0,
                        false,
                        List.of(new Point(0, 1), new Point(Double.NaN, 1), new Point(1, 1), new Point(2, 2)))
                .point("b", 1, new Point(1, Double.NaN), 0, 1)
                .standalone();

        assertThat(svg).doesNotContain("NaN", "Infinity", ">b<");
    }

    @Test
    void aPlotOfNothingIsAPlot() throws Exception {
        assertThat(parse(new Plot("t", "x", "y").standalone())
                        .getElementsByTagName("text")
                        .getLength())
                .isGreaterThan(3);
    }

    @Test
    void namesAreText() throws Exception {
        String hostile = "<b onclick='x'>&\" \u0001\uD800";
        String svg = new Plot(hostile, hostile, hostile)
                .categories(List.of(hostile))
                .line(hostile, 0, false, List.of(new Point(0, 1), new Point(1, 2)))
                .point(hostile, 1, new Point(0, 1), 0, 2)
                .level(hostile, 2, 1)
                .box(hostile, 3, 0, 0.5, new double[] {0, 1, 2, 3, 4})
                .standalone();

        Document document = parse(svg);

        assertThat(document.getElementsByTagName("b").getLength()).isZero();
        assertThat(texts(document)).contains("<b onclick='x'>&\" \uFFFD\uFFFD");
    }

    @Test
    void aFileBringsItsColours() {
        Plot plot = new Plot("t", "x", "y").bar(0, 0, 1, 2);

        assertThat(plot.standalone())
                .contains("xmlns=\"http://www.w3.org/2000/svg\"")
                .doesNotContain("var(");
        assertThat(plot.inline("what \"it\" shows"))
                .contains("var(--series-1)", "aria-label=\"what &quot;it&quot; shows\"");
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::label).toList();
    }

    private static List<String> texts(Document document) {
        NodeList nodes = document.getElementsByTagName("text");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }
}
