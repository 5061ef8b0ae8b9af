package awsfake

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var sqsOperations = map[string]operation{
	"GetQueueAttributes": (*World).getQueueAttributes,
}

// Queue is an SQS queue, of which only the numbers are here.
type Queue struct {
	Name                        string
	Visible, NotVisible, Delays int    // messages
	RedriveTo                   string // ARN of its dead-letter queue
	MaxReceives                 int
}

// QueueARN returns the ARN of a queue.
func QueueARN(account, region, name string) string {
	return "arn:" + Partition(region) + ":sqs:" + region + ":" + account + ":" + name
}

// ServeQueuesAt makes the URLs of queues begin with that of a server of this World:
// some clients send their requests to the queue's URL, whatever else they are told.
func (w *World) ServeQueuesAt(url string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deployed.queuesAt = url
}

// QueueURL returns the URL of a queue, which is its physical ID.
func (w *World) QueueURL(account, region, name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queueURL(scope{account, region}, name)
}

func (w *World) queueURL(s scope, name string) string {
	if w.deployed.queuesAt != "" {
		return w.deployed.queuesAt + "/" + s.account + "/" + name
	}
	return QueueURL(s.account, s.region, name)
}

// QueueURL returns the URL of a queue in AWS.
func QueueURL(account, region, name string) string {
	suffix := ".amazonaws.com/"
	if Partition(region) == "aws-cn" {
		suffix = ".amazonaws.com.cn/"
	}
	return "https://sqs." + region + suffix + account + "/" + name
}

func (q Queue) deploy(w *World, s scope) (kind, physicalID string) {
	put(w.deployed.queues, s, q.Name, q)
	return "AWS::SQS::Queue", w.queueURL(s, q.Name)
}

// PutQueue makes or replaces a queue from outside.
func (w *World) PutQueue(account, region string, q Queue) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q.deploy(w, scope{cmp.Or(account, w.account), region})
}

func (w *World) getQueueAttributes(r *request) (any, error) {
	in, err := decode[struct {
		QueueURL       string `json:"QueueUrl"`
		AttributeNames []string
	}](r)
	if err != nil {
		return nil, err
	}
	q, known := Queue{}, false
	if at, err := url.Parse(in.QueueURL); err == nil {
		if owner, name, ok := strings.Cut(strings.TrimPrefix(at.Path, "/"), "/"); ok && owner == r.account {
			q, known = w.deployed.queues[r.scope][name]
		}
	}
	if !known {
		return nil, fail("QueueDoesNotExist", "The specified queue does not exist.")
	}
	all := map[string]string{
		"QueueArn":                              QueueARN(r.account, r.region, q.Name),
		"ApproximateNumberOfMessages":           strconv.Itoa(q.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(q.NotVisible),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(q.Delays),
	}
	if q.RedriveTo != "" {
		policy, err := json.Marshal(map[string]any{"deadLetterTargetArn": q.RedriveTo, "maxReceiveCount": q.MaxReceives})
		if err != nil {
			return nil, err
		}
		all["RedrivePolicy"] = string(policy)
	}
	if !slices.Contains(in.AttributeNames, "All") {
		for name := range all {
			if !slices.Contains(in.AttributeNames, name) {
				delete(all, name)
			}
		}
	}
	return map[string]any{"Attributes": all}, nil
}
