package io.streamrank.model;

import ai.djl.Device;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a checkpoint onto its device, in the arithmetic that the settings name or a measurement chooses. */
final class ResidentScorer {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentScorer.class);

    /** Both kinds of a larger model are not loaded just to compare them: its passes alone would take minutes. */
    private static final long MEASURED_BYTES_MAX = 3L << 30;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final PairTokenizer tokenizer;

    ResidentScorer(Checkpoint checkpoint, Architecture architecture, PairTokenizer tokenizer) {
        this.checkpoint = checkpoint;
        this.architecture = architecture;
        this.tokenizer = tokenizer;
    }

    Scorer load(ModelSettings settings, Device device) {
        return Placement.dtype(settings, device)
                .map(dtype -> Scorer.load(checkpoint, architecture, device, dtype, settings.operators()))
                .orElseGet(() -> faster(device));
    }

    private Scorer faster(Device device) {
        if (WeightBytes.of(architecture, Dtype.FLOAT32) > MEASURED_BYTES_MAX) {
            LOG.info(
                    "Arithmetic of {} on this CPU: float32, as models of more than {} GiB are not measured; set"
                            + " streamrank.model.dtype",
                    checkpoint.folder().getFileName(),
                    MEASURED_BYTES_MAX >> 30);
            return Scorer.load(checkpoint, architecture, device, Dtype.FLOAT32, CudaOperators.NONE);
        }
        Scorer float32 = Scorer.load(checkpoint, architecture, device, Dtype.FLOAT32, CudaOperators.NONE);
        Scorer bfloat16 = null;
        try {
            bfloat16 = Scorer.load(checkpoint, architecture, device, Dtype.BFLOAT16, CudaOperators.NONE);
            List<EncodedPair> sample = SamplePairs.encoded(tokenizer);
            DtypeTrial.Verdict verdict =
                    new DtypeTrial(float32::score, bfloat16::score, sample, System::nanoTime).verdict();
            LOG.info("Arithmetic of {} on this CPU: {}", checkpoint.folder().getFileName(), verdict.report());
            boolean narrow = verdict.dtype() == Dtype.BFLOAT16;
            (narrow ? float32 : bfloat16).close();
            return narrow ? bfloat16 : float32;
        } catch (RuntimeException e) {
            float32.close();
            if (bfloat16 != null) {
                bfloat16.close();
            }
            throw e;
        }
    }
}
