package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepeatedTopicsTest {
    @Test
    void findsThemHoweverManyPassesItTakes(@TempDir Path folder) throws Exception {
        Random random = new Random(7);
        List<String> lines = new ArrayList<>();
        BitSet expected = new BitSet();
        Set<Integer> seen = new HashSet<>();
        for (int line = 0; line < 1000; line++) {
            int query = random.nextInt(600);
            lines.add("{\"queryId\":\"q" + query + "\",\"requestId\":\"" + line + "\"}");
            expected.set(line, !seen.add(query));
        }
        Path lists = Files.write(folder.resolve("lists.jsonl"), lines);
        Path hashes = folder.resolve("hashes.tmp");

        assertThat(new RepeatedTopics(lists, hashes).find()).isEqualTo(expected);
        assertThat(new RepeatedTopics(lists, hashes, 30).find()).isEqualTo(expected);
        assertThat(hashes).doesNotExist();
    }

    @Test
    void takesTheRequestWhereTheQueryHasNoName(@TempDir Path folder) throws Exception {
        Path lists = Files.write(
                folder.resolve("lists.jsonl"),
                List.of(
                        "{\"requestId\":\"a\"}",
                        "{\"requestId\":\"b\"}",
                        "{\"requestId\":\"a\",\"queryId\":\" \"}",
                        "{\"requestId\":\"\",\"topic\":\"t\",\"partition\":0,\"offset\":1}",
                        "{\"requestId\":\"\",\"topic\":\"t\",\"partition\":0,\"offset\":2}"));

        assertThat(new RepeatedTopics(lists, folder.resolve("hashes.tmp")).find().stream())
                .containsExactly(2);
    }
}
