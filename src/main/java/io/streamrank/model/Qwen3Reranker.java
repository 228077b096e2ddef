package io.streamrank.model;

import java.util.List;

/**
 * How the authors of Qwen3-Reranker have a pair read: a system prompt, the pair as one text that alone is cut, and the
 * beginning of an answer. https://huggingface.co/Qwen/Qwen3-Reranker-0.6B
 */
final class Qwen3Reranker {
    static final String INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query";

    static final List<String> TEMPLATE = List.of(
            "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct"
                    + " provided. Note that the answer can only be \"yes\" or \"no\".<|im_end|>\n<|im_start|>user\n",
            "<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}",
            "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n");

    /** The tokens of their answers, irrelevant first. */
    static final List<String> LABELS = List.of("no", "yes");

    static final int MAX_LENGTH = 8192;

    private Qwen3Reranker() {}
}
