package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.RankingReader.Ranking;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankingReaderTest {
    private final Path folder;

    RankingReaderTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsQueryByQueryInTrecEvalsOrder() throws IOException {
        Path run = TestFiles.gzip(
                folder, "run.trec.gz", "q2 Q0 a 1 1.5 t", "q2 Q0 b 2 3 t", "q2 Q0 c 3 1.5 t", "", "q1 Q0 a 1 1 t");

        List<Ranking> rankings = readAll(run);

        assertThat(rankings).extracting(Ranking::queryId).containsExactly("q2", "q1");
        assertThat(rankings.get(0).entries()).isEqualTo(TrecRun.read(run).ranking("q2"));
        assertThat(rankings.get(0).place().line()).isEqualTo(3);
        assertThat(rankings.get(1).place().line()).isEqualTo(5);
    }

    @Test
    void refusesAQueryThatComesAgain() throws IOException {
        Path run = TestFiles.write(folder, "run.trec", "q1 Q0 a 1 1 t", "q2 Q0 a 1 1 t", "q1 Q0 b 1 1 t");

        assertThatThrownBy(() -> readAll(run))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(run + ":3: query q1 was there before");
    }

    @Test
    void namesTheLineOfWhatIsNoRun() throws IOException {
        Path twice = TestFiles.write(folder, "twice.trec", "q1 Q0 a 1 1 t", "q1 Q0 a 2 1 t");
        Path fields = TestFiles.write(folder, "fields.trec", "q1 Q0 a 1 1 t", "q1 a");
        Path score = TestFiles.write(folder, "score.trec", "q1 Q0 a 1 high t");

        assertThatThrownBy(() -> readAll(twice)).hasMessage(twice + ":2: query q1 retrieves document a twice");
        assertThatThrownBy(() -> readAll(fields)).hasMessageStartingWith(fields + ":2: expected 'query-id Q0");
        assertThatThrownBy(() -> readAll(score)).hasMessageStartingWith(score + ":1: expected a number as score");
    }

    @Test
    void anEmptyRunHasNoRankings() throws IOException {
        assertThat(readAll(TestFiles.write(folder, "run.trec", ""))).isEmpty();
    }

    private static List<Ranking> readAll(Path run) throws IOException {
        List<Ranking> rankings = new ArrayList<>();
        try (RankingReader reader = RankingReader.open(run)) {
            for (Ranking ranking = reader.next(); ranking != null; ranking = reader.next()) {
                rankings.add(ranking);
            }
        }
        return rankings;
    }
}
