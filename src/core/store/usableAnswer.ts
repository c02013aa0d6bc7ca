/** What people have decided about the teacher's answers; the fold of the decisions brings it. */
export interface AnswerDecisions {
  /** Instructions with the answer that a person put in the place of the teacher's. */
  readonly corrected: ReadonlyMap<number, number>;
  /** Instructions with the answers that a person found wrong. */
  readonly rejected: ReadonlyMap<number, ReadonlySet<number>>;
}

export const NOTHING_DECIDED: AnswerDecisions = { corrected: new Map(), rejected: new Map() };

/** Whose complete answers are usable without anybody having asked for them by hand. */
export interface CurrentTeacher {
  readonly profile: string;
  readonly model: string;
}

/**
 * The teacher's usable answer to an instruction: of `answer_of o JOIN answer a` the first row of this condition and
 * order. It is complete, and the one that a person put in the teacher's place, else the newest of those that the current
 * teacher gave, that were imported to serve, or that were asked for by hand. Once a person has found an answer wrong, only
 * another one that was asked for by hand takes its place. What a person wrote serves only while a decision names it.
 */
export const IS_USABLE = `o.instruction_id = @id AND o.role = 'teacher' AND a.kind = 'complete'
  AND (a.id = @corrected
    OR (o.serves = 1 AND a.origin <> 'person'
      AND (a.origin = 'imported' OR o.chosen_by IS NOT NULL OR (a.profile = @profile AND a.model_asked = @model))
      AND (@rejected IS NULL
        OR (o.chosen_by IS NOT NULL AND a.id NOT IN (SELECT value FROM json_each(@rejected))))))
  ORDER BY a.id IS @corrected DESC, a.id DESC LIMIT 1`;

/** The parameters of `IS_USABLE`. */
export function usableParameters(
  id: number,
  { profile, model }: CurrentTeacher,
  { corrected, rejected }: AnswerDecisions,
): Readonly<Record<string, unknown>> {
  const wrong = rejected.get(id);
  const inPlace = corrected.get(id);
  return {
    ...{ id, profile, model },
    corrected: inPlace === undefined || wrong?.has(inPlace) ? null : inPlace,
    rejected: wrong ? JSON.stringify([...wrong]) : null,
  };
}
