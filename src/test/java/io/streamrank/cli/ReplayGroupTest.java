package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.ingest.GroupReplay;
import io.streamrank.ingest.Limits;
import io.streamrank.replay.run.QuerySample;
import io.streamrank.testing.TestingReranker;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReplayGroupTest {
    private static GroupReplay replay(Map<String, String> settings) {
        StreamrankConfig config = StreamrankConfigTest.config(settings);
        return ReplayGroup.of(config, "next", 0.5)
                .orElseThrow()
                .replay(
                        Map.of(),
                        Limits.DEFAULT,
                        new TestingReranker("next"),
                        new WorkerAssembly(config).modelSettings("next"));
    }

    @Test
    void termsTellWhateverChangesScoresOrLists() {
        assertThat(replay(Map.of("streamrank.replay.to", "0:100,1:200")).terms())
                .containsEntry("max-length", Integer.toString(new TestingReranker("next").maxLength()))
                .containsEntry("dtype", new TestingReranker("next").dtype())
                .containsEntry("state-cache", "on")
                .containsEntry("from", "open")
                .containsEntry("to", "0:100,1:200")
                .containsEntry("sample", "0.5")
                .containsKeys("revision", "max-event-bytes", "max-candidates", "max-result-bytes", "oversize-results");
        assertThat(replay(Map.of("streamrank.model.state-cache", "0")).terms()).containsEntry("state-cache", "off");
    }

    @Test
    void theSampleIsTheOneOfASingleProcess() {
        GroupReplay replay = replay(Map.of());
        QuerySample single = new QuerySample(0.5);

        for (int i = 0; i < 100; i++) {
            assertThat(replay.sample().test("query " + i)).isEqualTo(single.holds("query " + i));
        }
    }

    @Test
    void refusesALengthOfTimeAndSaysWhichTimeThatIs() {
        StreamrankConfig config = StreamrankConfigTest.config(Map.of("streamrank.replay.from", "24h"));

        assertThatThrownBy(() -> ReplayGroup.of(config, "next", null))
                .hasMessageStartingWith("streamrank.replay.from=24h would be another time to each worker")
                .hasMessageMatching("(?s).*from now it is \\d{4}-\\d\\d-\\d\\dT[0-9:]+Z");
        assertThat(ReplayGroup.of(
                        StreamrankConfigTest.config(Map.of("streamrank.replay.from", "2026-12-01T12:00:00Z")),
                        "next",
                        null))
                .isPresent();
    }

    @Test
    void refusesASampleOfWhatIsLive() {
        assertThatThrownBy(() -> ReplayGroup.of(StreamrankConfigTest.config(Map.of()), null, 0.5))
                .hasMessage("--sample is for workers of a replay: name it with --replay");
    }

    @Test
    void knowsWhoseRankingsATopicHolds() {
        StreamrankConfig config = StreamrankConfigTest.config(Map.of());

        assertThat(ReplayGroup.groupOf(config, "rerank.ranked.replay.next")).contains("streamrank-replay-next");
        assertThat(ReplayGroup.groupOf(config, "published")).isEmpty();
    }
}
