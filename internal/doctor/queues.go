package doctor

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
)

// QueuesAPI is what is asked of SQS.
type QueuesAPI interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

const nothingParked = "events are parked that nobody could handle"

// queues finds out whether events are parked.
func (r *round) queues(ctx context.Context) []check.Entry {
	r.progress("queues")
	e := check.Entry{Check: QueuesEmpty}
	urls := r.resources.Queues()
	if why := r.unlisted(); why != nil && len(urls) == 0 {
		return []check.Entry{r.unknown(e, nothingParked, why)}
	}
	seen := sideBySide(urls, func(url string) seenQueue { return r.queue(ctx, url) })
	var trouble []check.Entry
	empty := 0
	for _, q := range seen {
		if q.Result != check.OK {
			trouble = append(trouble, q.Entry)
		} else if q.isDeadLetter {
			empty++
		}
	}
	switch {
	case len(trouble) > 0:
		return trouble
	case empty == 0:
		e.Result, e.Message, e.Remedy, e.Runbook = check.Failed, "the stack has no dead-letter queue, so what fails is lost", redeploy, eventsParked.link()
	default:
		e.Result, e.Message = check.OK, "nothing is parked in "+several(empty, "dead-letter queue")
	}
	return []check.Entry{e}
}

// seenQueue is what is known of a queue.
type seenQueue struct {
	check.Entry
	isDeadLetter bool
}

// queue looks at one queue. Those that hand on what fails are for work; what has
// nowhere to go is parked in the others.
func (r *round) queue(ctx context.Context, url string) seenQueue {
	name := lastPart(url)
	e := check.Entry{Check: QueuesEmpty, Subject: name, Result: check.OK}
	out, err := r.Queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if isQueueGone(err) {
		e.Result, e.Message, e.Remedy, e.Runbook = check.Failed, "queue "+name+" does not exist any more", restore, eventsParked.link()
		return seenQueue{e, true}
	}
	if why := refused(ctx, "sqs:GetQueueAttributes", err); why != nil {
		return seenQueue{r.unknown(e, nothingParked+" in queue "+name, why), true}
	}
	if out.Attributes[string(types.QueueAttributeNameRedrivePolicy)] != "" {
		return seenQueue{e, false}
	}
	parked := 0
	for _, attribute := range []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	} {
		n, _ := strconv.Atoi(out.Attributes[string(attribute)]) // AWS writes a number
		parked += n
	}
	if parked > 0 {
		e.Result = check.Failed
		e.Message = several(parked, "event") + " parked in queue " + name + ": nobody could handle them, or hand them over"
		e.Remedy = "aws sqs receive-message --queue-url " + url + " --message-attribute-names All --visibility-timeout 0 --max-number-of-messages 10"
		e.Runbook = eventsParked.link()
	}
	return seenQueue{e, true}
}

func isQueueGone(err error) bool {
	switch awserr.Code(err) {
	case "AWS.SimpleQueueService.NonExistentQueue", (&types.QueueDoesNotExist{}).ErrorCode():
		return err != nil
	}
	return false
}
