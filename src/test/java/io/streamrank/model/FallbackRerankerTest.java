package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import io.streamrank.testing.TestingReranker;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FallbackRerankerTest {
    private final TestingReranker onGpu = new TestingReranker("test").on("gpu(0)");
    private final TestingReranker onCpu = new TestingReranker("test");
    private final AtomicInteger loads = new AtomicInteger();
    private final Reranker reranker = new FallbackReranker(onGpu, () -> {
        loads.incrementAndGet();
        return onCpu;
    });
    private final List<EncodedPair> pairs = onGpu.encode("query", List.of("a 1", "b 2"));

    @Test
    void staysOnTheDeviceWhileItIsThere() {
        assertThat(reranker.score(pairs)).containsExactly(1, 2);

        assertThat(reranker.device()).isEqualTo("gpu(0)");
        assertThat(loads).hasValue(0);
    }

    @Test
    void goesOnOnTheCpuOnceTheDeviceIsLostAndSaysSo() {
        onGpu.failWith(lost());

        assertThat(reranker.score(pairs)).containsExactly(1, 2);
        assertThat(reranker.score(pairs)).containsExactly(1, 2);

        assertThat(reranker.device()).isEqualTo("cpu");
        assertThat(loads).hasValue(1);
        assertThat(onGpu.batches()).isEqualTo(1);
    }

    @Test
    void doesNotLeaveTheDeviceForAnythingElse() {
        onGpu.failWith(new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB"));

        assertThatThrownBy(() -> reranker.score(pairs)).hasMessageContaining("out of memory");

        assertThat(reranker.device()).isEqualTo("gpu(0)");
        assertThat(loads).hasValue(0);
    }

    @Test
    void doesNotGoOnWithACheckpointThatHasChanged() {
        Reranker changed = new FallbackReranker(onGpu, () -> new TestingReranker("test").ofRevision("ba9876543210"));
        onGpu.failWith(lost());

        assertThatThrownBy(() -> changed.score(pairs))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ba9876543210");
    }

    private static RuntimeException lost() {
        return new EngineException("CUDA error: an illegal memory access was encountered");
    }
}
