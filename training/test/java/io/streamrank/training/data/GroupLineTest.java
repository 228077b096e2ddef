package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.replay.LinePlace;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class GroupLineTest {
    @Test
    void writesWhatItReads() throws IOException {
        String line = "{\"query_id\":\"q\",\"query\":\"list\",\"positives\":[{\"text\":\"a\",\"grade\":0.25},"
                + "{\"id\":\"d\",\"text\":\"b\"},{\"text\":\"c\",\"grade\":3.0}],\"negatives\":[{\"text\":\"e\"}]}";

        assertThat(GroupLine.parse(new LinePlace(Path.of("lists.jsonl"), 1), line)
                        .toJson())
                .isEqualTo(line);
    }
}
