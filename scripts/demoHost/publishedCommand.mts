/**
 * The line of the Lion repository's README (2023) that trains, word by word, with its paths filled in by placeholders. What
 * differs is said: the number of processes, and what comes behind it, which no demo could do without.
 */
export function publishedCommand(options: {
  readonly torchrun: string;
  /** `src/train.py` of the trainer. */
  readonly script: string;
  readonly port: number;
}): string[] {
  return [
    ...[options.torchrun, "--nproc_per_node={processes}", `--master_port=${options.port}`, options.script],
    ...["--model_name_or_path", "{model}", "--data_path", "{data}", "--bf16", "True", "--output_dir", "{output}"],
    ...["--model_max_length", "1024", "--num_train_epochs", "{epochs}"],
    ...["--per_device_train_batch_size", "2", "--per_device_eval_batch_size", "2"],
    ...["--gradient_accumulation_steps", "8", "--evaluation_strategy", "no"],
    ...["--save_strategy", "steps", "--save_steps", "600", "--save_total_limit", "1"],
    ...["--learning_rate", "2e-5", "--weight_decay", "0.", "--warmup_ratio", "0.03", "--lr_scheduler_type", "cosine"],
    ...["--logging_steps", "1", "--fsdp", "full_shard auto_wrap"],
    ...["--fsdp_transformer_layer_cls_to_wrap", "LlamaDecoderLayer", "--tf32", "True"],
    // Not in it: a state often enough for a short training, rows held out to measure, and what the editor follows.
    ...["--save_steps", "4", "--held_out_share", "0.1", "--metrics", "metrics.jsonl", "--state", "state.json"],
  ];
}
