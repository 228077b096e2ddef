package io.streamrank.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.List;

/**
 * A compiled architecture with its weights on a device: packed batches in, scores out. Native memory of a batch lives in
 * one NDManager that is closed with the batch. After its first call, calls may come from several threads.
 */
final class Scorer implements AutoCloseable {
    static final String METHOD = "module_method:";

    private final Architecture architecture;
    private final Device device;
    private final Dtype dtype;
    private final Model model;
    private final Block block;
    private final NDManager batches;
    private long residentBytes;

    private Scorer(Architecture architecture, Device device, Dtype dtype, Model model, NDManager batches) {
        this.architecture = architecture;
        this.device = device;
        this.dtype = dtype;
        this.model = model;
        this.block = model.getBlock();
        this.batches = batches;
    }

    /** @param operators as in {@link ModelSettings} */
    static Scorer load(Checkpoint checkpoint, Architecture architecture, Device device, Dtype dtype, String operators) {
        return load(checkpoint, architecture, device, dtype, operators, TorchEngine.hasOneDnn(device));
    }

    /** @param oneDnn whether to multiply by oneDNN's operators */
    static Scorer load(
            Checkpoint checkpoint,
            Architecture architecture,
            Device device,
            Dtype dtype,
            String operators,
            boolean oneDnn) {
        boolean fast = CudaOperators.serve(architecture, device, operators);
        byte[] archive = TorchArchive.assemble(architecture, dtype.torchNumber(), fast, oneDnn);
        Model model = TorchEngine.load(archive, architecture.family(), device);
        // Batches start and end on the CPU; the module itself does both transfers.
        Scorer scorer = new Scorer(architecture, device, dtype, model, TorchEngine.manager(Device.cpu()));
        try {
            scorer.bind(checkpoint.weights());
            return scorer;
        } catch (RuntimeException e) {
            scorer.close();
            throw e;
        }
    }

    private void bind(Safetensors weights) {
        try (NDManager manager = TorchEngine.manager(device)) {
            NDList arguments = new Weights(weights).read(architecture.weights(), manager);
            residentBytes = call("bind", arguments, manager).singletonOrThrow().toLongArray()[0];
        }
    }

    /** What its weights take on the device, in the type they are bound in. */
    long residentBytes() {
        return residentBytes;
    }

    Architecture architecture() {
        return architecture;
    }

    Device device() {
        return device;
    }

    Dtype dtype() {
        return dtype;
    }

    /** One score a pair, in the pairs' order. */
    float[] score(List<EncodedPair> pairs) {
        PackedBatch batch = PackedBatch.of(pairs, architecture);
        return batch.inCallersOrder(pass("forward", batch));
    }

    /**
     * Makes room for what is kept of leading tokens, in place of earlier room.
     *
     * @param rows rows of the tables; {@link Memory} says how many it takes
     * @param onHost whether they lie in the CPU's memory rather than the device's
     * @return bytes of all rows
     */
    long reserve(int rows, boolean onHost) {
        try (NDManager manager = batches.newSubManager()) {
            NDList request = new NDList(manager.create(new int[] {rows, onHost ? 1 : 0}));
            return call("reserve", request, manager).singletonOrThrow().toLongArray()[0];
        }
    }

    /** Reads {@linkplain Span#prefix prefixes} and keeps what is known after them. */
    void remember(List<Span> prefixes) {
        pass("remember", PackedBatch.ofSpans(prefixes, architecture));
    }

    /** One score for each {@linkplain Span#rest rest} of a pair, in their order. */
    float[] proceed(List<Span> rests) {
        PackedBatch batch = PackedBatch.ofSpans(rests, architecture);
        return batch.inCallersOrder(pass("proceed", batch));
    }

    private float[] pass(String method, PackedBatch batch) {
        try (NDManager manager = batches.newSubManager()) {
            NDList input = new NDList(manager.create(batch.buffer()));
            return call(method, input, manager).singletonOrThrow().toFloatArray();
        }
    }

    private NDList call(String method, NDList arguments, NDManager manager) {
        if (!method.equals("forward")) {
            NDArray name = manager.create(0f);
            name.setName(METHOD + method);
            arguments.add(name);
        }
        return NativeCalls.ofThisProcess()
                .make(() -> block.forward(new ParameterStore(manager, false), arguments, false));
    }

    @Override
    public void close() {
        batches.close();
        model.close();
    }
}
