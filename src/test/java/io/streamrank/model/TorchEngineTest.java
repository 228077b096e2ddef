package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.util.Utils;
import org.junit.jupiter.api.Test;

/** Nothing may ask the network when the engine starts. */
class TorchEngineTest {
    @Test
    void staysOffline() {
        TorchEngine.start(0);

        assertThat(Utils.isOfflineMode()).isTrue();
        assertThat(Utils.getEnvOrSystemProperty("OPT_OUT_TRACKING")).isEqualTo("true");
    }

    @Test
    void leavesTheGraphOptimizerOff() {
        TorchEngine.start(0);

        assertThat(System.getProperty("ai.djl.pytorch.graph_optimizer")).isEqualTo("false");
    }

    @Test
    void tokenizersAloneStayOfflineToo() {
        TorchEngine.prepare();

        assertThat(Utils.isOfflineMode()).isTrue();
    }
}
