package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdIndexTest {
    @Test
    void comparesTheIdsThemselvesWhereHashesAgree() throws IOException {
        List<String> ids = new ArrayList<>(List.of("a"));
        List<Integer> compared = new ArrayList<>();
        IdIndex index = new IdIndex(row -> {
            compared.add(row);
            return ids.get(row);
        });

        assertThat(index.add("a")).isEqualTo(IdIndex.ABSENT);
        assertThat(index.add("a")).isZero();
        assertThat(compared).containsExactly(0);
        ids.set(0, "another of equal hash");
        assertThat(index.add("a")).isEqualTo(IdIndex.ABSENT);
        ids.add("a");
        assertThat(index.row("a")).isEqualTo(1);
        assertThat(index.size()).isEqualTo(2);
    }
}
