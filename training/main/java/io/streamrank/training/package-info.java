/** Fine-tuning on the worker's own model code: what it trains is what the worker serves. */
@NullMarked
package io.streamrank.training;

import org.jspecify.annotations.NullMarked;
